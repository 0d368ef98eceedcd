public import SwfsCore

extension ClusterFileSystem {
  public func rename(
    _ parent: InodeID, _ name: EntryName, to newParent: InodeID, _ newName: EntryName,
    flags: RenameFlags, _ context: OperationContext
  ) throws(FSError) {
    try refuseIfReadOnly()
    guard flags.isSubset(of: .noReplace) else {
      // A filer cannot exchange two names in one step, and two steps would not be an exchange.
      throw FSError(.invalidArgument, "rename flags \(flags.rawValue) are not supported")
    }
    if parent == newParent, name == newName { return }
    let source = try lookup(parent, name, context)
    defer { core.table.forget(source.inode, count: 1) }
    let target = try existing(newParent, newName, context)
    defer { if let target { core.table.forget(target.inode, count: 1) } }
    if let target {
      if flags.contains(.noReplace) { throw FSError(.exists, "the target exists") }
      // Two names of one file: nothing to do, by POSIX.
      if target.inode == source.inode { return }
      try checkReplace(source, target, context)
      if let content = core.table.inode(target.inode)?.content,
        content.state.withLock({ $0.base.hardLinkCounter > 1 })
      {
        // Its other names shall have what was written, and this may be the only name known here.
        try content.flush(context)
      }
    }
    if source.attributes.isDirectory {
      try storeChildren(of: source.inode, recursive: true, context)
      try core.gate.exclusive(context) { () throws(FSError) in
        try move(parent, name, newParent, newName, target: target, context)
      }
    } else {
      try renameFile(source, target, parent, name, newParent, newName, context)
    }
    touch(try core.inode(parent))
    if newParent != parent { touch(try core.inode(newParent)) }
  }

  private func renameFile(
    _ source: FoundInode, _ target: FoundInode?, _ parent: InodeID, _ name: EntryName,
    _ newParent: InodeID, _ newName: EntryName, _ context: OperationContext
  ) throws(FSError) {
    let inode = try core.inode(source.inode)
    if let content = inode.content {
      // The name must exist in the cluster to be moved. With bytes on their way it may wait for them:
      // the usual write-then-rename has closed the file before.
      try content.commit(context)
      try content.whileNotCommitting(context) { () throws(FSError) in
        try core.gate.shared(context) { () throws(FSError) in
          try move(parent, name, newParent, newName, target: target, context)
        }
        content.state.update { $0.base.name = newName }
      }
    } else {
      try core.gate.shared(context) { () throws(FSError) in
        try move(parent, name, newParent, newName, target: target, context)
      }
    }
  }

  private func move(
    _ parent: InodeID, _ name: EntryName, _ newParent: InodeID, _ newName: EntryName,
    target: FoundInode?, _ context: OperationContext
  ) throws(FSError) {
    let from = try core.path(of: parent).appending(name)
    let to = try core.path(of: newParent).appending(newName)
    guard to.relative(to: from) == nil else {
      throw FSError(.invalidArgument, "\(to) is inside \(from)")
    }
    if let target, let inode = core.table.inode(target.inode), inode.content?.isLocalOnly == true {
      // Exists here only: there is nothing in the cluster to replace.
      inode.content?.state.update { $0.isUnlinked = true }
      core.table.unbind(parent: newParent, name: newName)
    }
    try core.store.rename(from, to: to, context)
    if let replaced = core.table.move(parent: parent, name: name, to: newParent, newName) {
      core.lostName(replaced)
    }
  }

  /// Kinds must agree, and a directory must be empty: checked here because filer 4.48 leaks a database
  /// transaction when it finds out itself.
  private func checkReplace(
    _ source: FoundInode, _ target: FoundInode, _ context: OperationContext
  ) throws(FSError) {
    if source.attributes.isDirectory {
      guard target.attributes.isDirectory else {
        throw FSError(.notDirectory, "the target is not a directory")
      }
      try storeChildren(of: target.inode, recursive: false, context)
      let path = try core.path(of: target.inode)
      guard try core.names.list(path, after: nil, limit: 1, context).rows.isEmpty else {
        throw FSError(.notEmpty, "\(path) is not empty")
      }
    } else if target.attributes.isDirectory {
      throw FSError(.isDirectory, "the target is a directory")
    }
  }
}
