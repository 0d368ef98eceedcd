public import SwfsCore
import Synchronization

extension ClusterFileSystem {
  public func attributes(
    _ inode: InodeID, _ context: OperationContext
  ) throws(FSError) -> InodeAttributes {
    let inode = try core.inode(inode)
    return InodeAttributes(
      inode: inode.id, attributes: try current(inode, context), validity: core.validity)
  }

  func current(_ inode: Inode, _ context: OperationContext) throws(FSError) -> FileAttributes {
    if let content = inode.content {
      let isLocal = content.state.withLock {
        !$0.isStored || $0.isUnlinked || $0.hasUnstoredBytes || $0.hasUncommitted
      }
      if isLocal || core.table.path(of: inode.id) == nil { return try core.shown(inode, nil) }
      let mark = core.clock.now
      let entry = try core.row(of: inode, context)
      guard !inode.changedSince(mark) else { return try core.shown(inode, nil) }
      if try content.refresh(with: entry, readAt: mark) {
        inode.state.withLock { $0.pageFingerprint = nil }
        core.notifier?.invalidate(inode.id, dropData: true)
      }
      return try core.shown(inode, try entry.fileAttributes())
    }
    return try core.shown(inode, core.rowAttributes(of: inode, context))
  }

  public func setAttributes(
    _ inode: InodeID, handle: HandleID?, _ changes: AttributeChanges, _ context: OperationContext
  ) throws(FSError) -> InodeAttributes {
    try refuseIfReadOnly()
    let inode = try core.inode(inode)
    if let size = changes.size { try setSize(inode, size, context) }
    var rest = changes
    rest.size = nil
    if changes.size != nil { rest.dropSetID = rest.dropSetID || context.caller.uid != 0 }
    if rest != AttributeChanges() { try setOthers(inode, rest, context) }
    return InodeAttributes(
      inode: inode.id, attributes: try current(inode, context), validity: core.validity)
  }

  /// An open file keeps the new size until its next flush; a closed one is committed at once.
  private func setSize(
    _ inode: Inode, _ size: Int64, _ context: OperationContext
  ) throws(FSError) {
    guard inode.kind == .regular else { throw FSError(.invalidArgument, "not a regular file") }
    let content = try core.attach(inode, context)
    defer { core.detach(inode) }
    try content.truncate(to: size, context)
    let isOpenElsewhere = inode.state.withLock { $0.openCount } > 1
    if !isOpenElsewhere { try content.flush(context) }
  }

  private func setOthers(
    _ inode: Inode, _ changes: AttributeChanges, _ context: OperationContext
  ) throws(FSError) {
    var filer = changes
    filer.uid = changes.uid.map { core.options.uidMap.filer($0) }
    filer.gid = changes.gid.map { core.options.gidMap.filer($0) }
    if case .to(let time)? = filer.atime {
      inode.state.withLock { $0.atime = nil }
      filer.atime = .to(time)
    }
    if inode.kind == .directory, filer.mtime != nil {
      inode.state.withLock { $0.touchedAt = nil }
    }
    if let content = inode.content, core.table.path(of: inode.id) == nil || inode.kind == .regular {
      try setOnContent(content, filer, context)
      return
    }
    try mutate(inode, context) { entry throws(FSError) in
      var delta = AttributeDelta()
      delta.take(filer, current: entry.attributes.mode, now: .now)
      Self.keepACLInStep(&entry, permissions: delta.permissions)
      delta.apply(to: &entry.attributes)
    }
  }

  private func setOnContent(
    _ content: FileContent, _ changes: AttributeChanges, _ context: OperationContext
  ) throws(FSError) {
    let mustCommit = content.state.update { state -> Bool in
      var mode = state.base.attributes.mode
      if let permissions = state.delta.permissions { mode.permissions = permissions }
      state.delta.take(changes, current: mode, now: .now)
      Self.keepACLInStep(&state.base, permissions: state.isStored ? nil : state.delta.permissions)
      return state.isStored && !state.isUnlinked
    }
    core.dirty.insert(content)
    if mustCommit {
      // Everybody shall see a chmod at once, not at the next flush.
      try content.commit(context)
      if changes.permissions != nil { try mirrorModeInACL(content.inode, context) }
      content.forgetIfClean()
    }
  }

  /// Changes the stored entry of an inode, which must still be the same file.
  func mutate(
    _ inode: Inode, _ context: OperationContext,
    _ change: (inout Entry) throws(FSError) -> Void
  ) throws(FSError) {
    if inode.id == .root && core.options.basePath.isRoot {
      throw FSError(.notPermitted, "a filer cannot store attributes of its root directory")
    }
    while true {
      let path = try core.path(of: inode.id)
      do throws(FSError) {
        let stored = try core.gate.shared(context) { () throws(FSError) -> Entry in
          try core.mutate(path, context) { entry throws(FSError) in
            let attributes = try entry.fileAttributes()
            guard
              inode.id == .root
                || inode.matches(FileIdentity(attributes), hardLinkID: attributes.hardLinkID)
            else { throw FSError(.stale, "\(path) is another file now") }
            try change(&entry)
          }
        }
        inode.forgetRow()
        core.clock.note(inode)
        let mark = core.clock.now
        if let content = inode.content, try !content.refresh(with: stored, readAt: mark) {
          content.adopt(stored)
        }
        return
      } catch  where error.code == .notFound {
        if core.table.path(of: inode.id) == path {
          throw FSError(.stale, "\(path) is gone", causedBy: error)
        }
      }
    }
  }

  public func access(_ inode: InodeID, mask: Int32, _ context: OperationContext) throws(FSError) {
    let attributes = try attributes(inode, context).attributes
    guard AccessCheck(caller: context.caller).allows(mask, attributes) else {
      throw FSError(.accessDenied, "access \(mask) refused")
    }
    if mask & 2 != 0 { try refuseIfReadOnly() }
  }
}

extension Core {
  /// Attributes of an inode's row. A directory's are remembered as long as others are heard: the kernel
  /// asks for them again after each change inside.
  func rowAttributes(
    of inode: Inode, _ context: OperationContext
  ) throws(FSError) -> FileAttributes {
    guard inode.kind == .directory else { return try row(of: inode, context).fileAttributes() }
    let (known, version) = inode.state.withLock { ($0.knownRow, $0.rowVersion) }
    if let known, hearsOthers { return known }
    let attributes = try row(of: inode, context).fileAttributes()
    inode.state.withLock { if $0.rowVersion == version { $0.knownRow = attributes } }
    return attributes
  }
}

extension Inode {
  /// Whatever was remembered of the row is old.
  func forgetRow() {
    state.withLock { state in
      state.knownRow = nil
      state.rowVersion += 1
      state.inheritance = nil
      state.hasNoExtendedAttributes = false
    }
  }
}

/// The classic permission check, for mounts where the kernel does not do it.
struct AccessCheck {
  let caller: OperationContext.Caller

  /// - Parameter mask: 4 read, 2 write, 1 execute.
  func allows(_ mask: Int32, _ attributes: FileAttributes) -> Bool {
    let mode = Int32(attributes.mode.permissions)
    if caller.uid == 0 {
      return mask & 1 == 0 || attributes.isDirectory || mode & 0o111 != 0
    }
    let granted: Int32 =
      if caller.uid == attributes.uid {
        mode >> 6
      } else if caller.gid == attributes.gid {
        mode >> 3
      } else {
        mode
      }
    return granted & mask & 7 == mask & 7
  }
}
