public import SwfsCore
import Synchronization

extension ClusterFileSystem {
  public func create(
    _ parent: InodeID, _ name: EntryName, permissions: UInt16, flags: OpenFlags,
    _ context: OperationContext
  ) throws(FSError) -> (FoundInode, OpenedFile) {
    try refuseIfReadOnly()
    let directory = try core.inode(parent)
    if !wasJustMissed(directory, name),
      let existing = try existing(parent, name, context)
    {
      return try openExisting(existing, flags: flags, context)
    }
    let entry = try newEntry(
      in: directory, name, FileMode(kind: .regular, permissions: permissions), context)
    if flags.contains(.exclusive) {
      // One winner among all mounts: the filers decide, now.
      try core.store.create(
        entry, in: core.path(of: parent), precondition: .absent, context)
    }
    let attributes = try entry.fileAttributes()
    let (inode, replaced) = core.table.bind(
      parent: parent, name: name, attributes: attributes, references: 1)
    if let replaced { core.lostName(replaced) }
    let content = core.attachNew(inode, entry, isStored: flags.contains(.exclusive))
    content.state.update { $0.truncatesOnConflict = flags.contains(.truncate) }
    inode.state.withLock { $0.pageFingerprint = attributes.contentFingerprint }
    touch(directory)
    let handle = handles.insert(
      .file(FileHandle(inode: inode, content: content, flags: flags)))
    let found = FoundInode(
      inode: inode.id, attributes: try core.shown(inode, attributes), validity: core.validity)
    return (
      found, OpenedFile(handle: handle, keepCache: false, directIO: flags.contains(.direct))
    )
  }

  /// Whether the name was looked up a moment ago and was not there. Should somebody else have made it
  /// since, the first commit finds out and merges, or the filer refuses the exclusive creation.
  private func wasJustMissed(_ directory: Inode, _ name: EntryName) -> Bool {
    directory.state.withLock { state in
      guard let miss = state.lastMiss, miss.name == name, miss.sequence == state.changeSequence
      else { return false }
      state.lastMiss = nil
      return !miss.validUntil.hasPassed
    }
  }

  /// Whether a name is taken, here or in the cluster; takes a reference when it is.
  func existing(
    _ parent: InodeID, _ name: EntryName, _ context: OperationContext
  ) throws(FSError) -> FoundInode? {
    do throws(FSError) {
      return try lookup(parent, name, context)
    } catch  where error.code == .notFound {
      return nil
    }
  }

  private func openExisting(
    _ found: FoundInode, flags: OpenFlags, _ context: OperationContext
  ) throws(FSError) -> (FoundInode, OpenedFile) {
    do throws(FSError) {
      if flags.contains(.exclusive) { throw FSError(.exists, "the file exists") }
      let opened = try open(found.inode, flags: flags, context)
      var fresh = found
      fresh.attributes = try core.shown(
        core.inode(found.inode), flags.contains(.truncate) ? nil : found.attributes)
      return (fresh, opened)
    } catch {
      core.table.forget(found.inode, count: 1)
      throw error
    }
  }

  public func makeNode(
    _ parent: InodeID, _ name: EntryName, mode: FileMode, rdev: UInt32, _ context: OperationContext
  ) throws(FSError) -> FoundInode {
    try makeEntry(parent, name, mode, context) { $0.attributes.rdev = rdev }
  }

  public func makeDirectory(
    _ parent: InodeID, _ name: EntryName, permissions: UInt16, _ context: OperationContext
  ) throws(FSError) -> FoundInode {
    try makeEntry(
      parent, name, FileMode(kind: .directory, permissions: permissions), context
    ) { $0.isDirectoryFlag = true }
  }

  public func makeSymlink(
    _ parent: InodeID, _ name: EntryName, target: String, _ context: OperationContext
  ) throws(FSError) -> FoundInode {
    guard target.utf8.count < 4096 else { throw FSError(.nameTooLong, "symlink target too long") }
    return try makeEntry(parent, name, FileMode(kind: .symlink, permissions: 0o777), context) {
      $0.attributes.symlinkTarget = target
    }
  }

  public func readSymlink(
    _ inode: InodeID, _ context: OperationContext
  ) throws(FSError) -> String {
    let inode = try core.inode(inode)
    guard inode.kind == .symlink else { throw FSError(.invalidArgument, "not a symlink") }
    return try core.row(of: inode, context).attributes.symlinkTarget
  }

  /// Makes an entry that has no bytes, at once.
  private func makeEntry(
    _ parent: InodeID, _ name: EntryName, _ mode: FileMode, _ context: OperationContext,
    _ fill: (inout Entry) -> Void
  ) throws(FSError) -> FoundInode {
    try refuseIfReadOnly()
    let directory = try core.inode(parent)
    if !wasJustMissed(directory, name), let taken = try existing(parent, name, context) {
      core.table.forget(taken.inode, count: 1)
      throw FSError(.exists, "the name is taken")
    }
    var entry = try newEntry(in: directory, name, mode, context)
    fill(&entry)
    let made = entry
    try core.gate.shared(context) { () throws(FSError) in
      try core.store.create(made, in: core.path(of: parent), precondition: .absent, context)
    }
    let attributes = try entry.fileAttributes()
    let (inode, replaced) = core.table.bind(
      parent: parent, name: name, attributes: attributes, references: 1)
    if let replaced { core.lostName(replaced) }
    touch(directory)
    return FoundInode(
      inode: inode.id, attributes: try core.shown(inode, attributes), validity: core.validity)
  }

  /// A new entry with owner, mode, times and what the directory passes on.
  private func newEntry(
    in directory: Inode, _ name: EntryName, _ mode: FileMode, _ context: OperationContext
  ) throws(FSError) -> Entry {
    let inherited = try inheritance(of: directory, context)
    let now = Timestamp.now
    var attributes = StoredAttributes()
    attributes.mtime = now.seconds
    attributes.mtimeNanoseconds = now.nanoseconds
    attributes.ctime = now.seconds
    attributes.ctimeNanoseconds = now.nanoseconds
    attributes.atime = now.seconds
    attributes.atimeNanoseconds = now.nanoseconds
    attributes.crtime = now.seconds
    // Chosen here, so that the file has an identity before the cluster knows it.
    attributes.inode = UInt64.random(in: 2..<(1 << 62))
    attributes.uid = core.options.uidMap.filer(context.caller.uid)
    attributes.gid =
      inherited.setGroupID
      ? inherited.gid : core.options.gidMap.filer(context.caller.gid)
    if mode.kind == .regular { attributes.ttlSeconds = core.options.ttlSeconds }
    var entry = Entry(name: name, attributes: attributes)
    var permissions = mode.permissions
    if mode.kind != .symlink {
      permissions = Self.inheritACL(
        inherited.defaultACL, mode: mode, umask: context.caller.umask, into: &entry)
    }
    if inherited.setGroupID && mode.kind == .directory { permissions |= 0o2000 }
    entry.attributes.mode = FileMode(kind: mode.kind, permissions: permissions)
    return entry
  }

  /// What a directory passes on, believed for as long as names are.
  func inheritance(
    of directory: Inode, _ context: OperationContext
  ) throws(FSError) -> Inheritance {
    let known = directory.state.withLock { $0.inheritance }
    if let known, !known.validUntil.hasPassed { return known }
    let entry = try core.row(of: directory, context)
    let mode = entry.attributes.mode
    guard mode.kind == .directory else { throw FSError(.notDirectory, "parent is no directory") }
    let inherited = Inheritance(
      setGroupID: mode.permissions & 0o2000 != 0, gid: entry.attributes.gid,
      defaultACL: core.options.usesACLs
        ? entry.extended[ExtendedAttribute.key("system.posix_acl_default")] : nil,
      validUntil: Deadline(secondsFromNow: core.validity.attributeSeconds))
    directory.state.withLock { $0.inheritance = inherited }
    return inherited
  }

  /// A change inside a directory shows in its times at once; the row follows in the background.
  func touch(_ directory: Inode) {
    let now = Timestamp.now
    directory.state.withLock { state in
      state.changeSequence += 1
      state.touchedAt = now
    }
    // No news for the kernel: it drops the directory's attributes itself after a change it asked for.
    core.touches.insert(directory.id)
  }
}
