public import SwfsCore
import Synchronization

extension ClusterFileSystem {
  public func lookup(
    _ parent: InodeID, _ name: EntryName, _ context: OperationContext
  ) throws(FSError) -> FoundInode {
    let directory = try core.inode(parent)
    let sequence = directory.changeSequence
    if let local = try localChild(parent, name) { return local }
    if isHidden(parent, name) { throw FSError(.notFound, "hidden system entry") }
    let mark = core.clock.now
    let attributes: FileAttributes
    do throws(FSError) {
      attributes = try core.row(parent, name, context).fileAttributes()
    } catch  where error.code == .notFound {
      // Made here in the meantime, or what we knew is gone.
      if let local = try localChild(parent, name) { return local }
      if let child = core.table.child(parent, name), child.changedSince(mark) {
        return try lookup(parent, name, context)
      }
      removeStaleName(parent, name)
      directory.state.withLock {
        $0.lastMiss = Miss(
          name: name, sequence: sequence, validUntil: Deadline(secondsFromNow: Self.missSeconds))
      }
      throw error
    }
    let found = core.found(
      parent: directory, name: name, attributes: attributes, readAt: sequence)
    if let inode = core.table.inode(found.inode), inode.changedSince(mark) {
      // Stored from here while the row was being read: read it again, it is old.
      core.table.forget(found.inode, count: 1)
      return try lookup(parent, name, context)
    }
    return found
  }

  /// How long a failed lookup counts for the creation that follows it: the kernel looks a name up
  /// right before it creates it.
  private static let missSeconds = 0.1

  public func forget(_ inode: InodeID, count: UInt64) {
    core.table.forget(inode, count: count)
  }

  /// A child whose truth is here: not in the cluster yet, or with changes that are not.
  func localChild(_ parent: InodeID, _ name: EntryName) throws(FSError) -> FoundInode? {
    guard let child = core.table.child(parent, name), let content = child.content else {
      return nil
    }
    let isLocal = content.state.withLock { !$0.isStored && !$0.isUnlinked }
    guard isLocal else { return nil }
    _ = core.table.addName(parent: parent, name: name, to: child, references: 1)
    return FoundInode(
      inode: child.id, attributes: try core.shown(child, nil), validity: core.validity)
  }

  private func removeStaleName(_ parent: InodeID, _ name: EntryName) {
    guard let child = core.table.child(parent, name) else { return }
    core.table.unbind(parent: parent, name: name)
    child.content?.state.update { state in
      if state.isStored { state.isUnlinked = true }
    }
  }

  /// `/topics` and `/etc` of the filer are its own business, as in weed mount.
  func isHidden(_ parent: InodeID, _ name: EntryName) -> Bool {
    guard parent == .root, core.options.basePath.isRoot, !core.options.showsSystemEntries else {
      return false
    }
    return name == "topics" || name == "etc"
  }
}

extension Core {
  /// The row of a child, found again when a directory on the way was renamed here meanwhile.
  func row(
    _ parent: InodeID, _ name: EntryName, _ context: OperationContext
  ) throws(FSError) -> Entry {
    while true {
      let path = try path(of: parent).appending(name)
      do throws(FSError) {
        return try names.lookup(path, context)
      } catch  where error.code == .notFound {
        if try self.path(of: parent).appending(name) == path { throw error }
      }
    }
  }

  /// The row an inode has now.
  ///
  /// - Throws: `stale` when its name has come to mean another file: the kernel looks it up again.
  func row(of inode: Inode, _ context: OperationContext) throws(FSError) -> Entry {
    while true {
      let path = try path(of: inode.id)
      do throws(FSError) {
        let entry = try names.lookup(path, context)
        let attributes = try entry.fileAttributes()
        guard
          inode.id == .root
            || inode.matches(FileIdentity(attributes), hardLinkID: attributes.hardLinkID)
        else { throw FSError(.stale, "\(path) is another file now") }
        return entry
      } catch  where error.code == .notFound {
        if table.path(of: inode.id) == path {
          throw FSError(.stale, "\(path) is gone", causedBy: error)
        }
      }
    }
  }

  /// Binds a row to its inode, with a reference, and says how long the kernel may believe it.
  ///
  /// - Parameter sequence: the directory's change sequence before the row was read. If something
  ///   changed in the directory since, the row may be older than a notification that the kernel has
  ///   already had, and must not be cached.
  func found(
    parent: Inode, name: EntryName, attributes: FileAttributes, readAt sequence: UInt64
  ) -> FoundInode {
    let (inode, replaced) = table.bind(
      parent: parent.id, name: name, attributes: attributes, references: 1)
    if let replaced { lostName(replaced) }
    let shown = (try? shown(inode, attributes)) ?? localized(attributes)
    let isFresh = parent.changeSequence == sequence
    inode.state.withLock {
      $0.hasNoExtendedAttributes = isFresh && !attributes.hasExtendedAttributes
      $0.toldFingerprint = attributes.contentFingerprint
    }
    return FoundInode(
      inode: inode.id, attributes: shown,
      validity: isFresh ? validity : Validity(nameSeconds: 0, attributeSeconds: 0))
  }

  /// An inode whose name went to another file: what is open of it goes on without a name.
  func lostName(_ inode: Inode) {
    let isNameless = table.path(of: inode.id) == nil
    inode.content?.state.update { $0.lostName(isNameless: isNameless) }
  }

  /// Attributes as applications see them: local changes on top of the row's, ids mapped.
  ///
  /// - Parameter row: attributes just read; nil when only local state counts.
  func shown(_ inode: Inode, _ row: FileAttributes?) throws(FSError) -> FileAttributes {
    let (content, touched, atime) = inode.state.withLock { ($0.content, $0.touchedAt, $0.atime) }
    var attributes = row
    if let content {
      let local = try content.state.withLock { (state) throws(FSError) -> FileAttributes? in
        if row == nil || state.isDirty || state.isUnlinked { return try state.attributes() }
        return nil
      }
      if let local { attributes = local }
    }
    guard var attributes else {
      throw FSError(.stale, "inode \(inode.id.number) has no name any more")
    }
    if attributes.isDirectory {
      // 1 says "not counted", as on btrfs: tools that skip sub-directories by link count then don't.
      attributes.linkCount = 1
      attributes.size = max(attributes.size, 4096)
    }
    if let touched, touched > attributes.mtime { attributes.mtime = touched }
    if let touched, touched > attributes.ctime { attributes.ctime = touched }
    if let atime { attributes.atime = atime }
    if content?.state.withLock({ $0.isUnlinked }) == true { attributes.linkCount = 0 }
    return localized(attributes)
  }
}

extension Inode {
  var changeSequence: UInt64 { state.withLock { $0.changeSequence } }

  /// Something inside this directory changed: rows read before are old.
  func noteChange() { state.withLock { $0.changeSequence += 1 } }
}
