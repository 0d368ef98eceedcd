public import SwfsCore
import Synchronization

extension ClusterFileSystem {
  public func unlink(
    _ parent: InodeID, _ name: EntryName, _ context: OperationContext
  ) throws(FSError) {
    try refuseIfReadOnly()
    let directory = try core.inode(parent)
    let found = try lookup(parent, name, context)
    defer { core.table.forget(found.inode, count: 1) }
    let inode = try core.inode(found.inode)
    guard inode.kind != .directory else { throw FSError(.isDirectory, "a directory") }
    if let content = inode.content {
      try unlinkOpen(parent, name, content, context)
    } else {
      try delete(parent, name, freeChunks: true, context)
      core.clock.note(inode)
      core.table.unbind(parent: parent, name: name)
    }
    touch(directory)
  }

  /// An open file loses its name and lives on: its needles are freed at the last close.
  private func unlinkOpen(
    _ parent: InodeID, _ name: EntryName, _ content: FileContent, _ context: OperationContext
  ) throws(FSError) {
    if content.state.withLock({ $0.base.hardLinkCounter > 1 }) {
      // While there is a name to store it under.
      try content.flush(context)
    }
    // A commit in flight would bring the name back.
    try content.whileNotCommitting(context) { () throws(FSError) in
      let isStored = content.state.withLock { $0.isStored }
      let links = isStored ? try core.row(parent, name, context).hardLinkCounter : 1
      let isLast = links <= 1
      if isStored { try delete(parent, name, freeChunks: !isLast, context) }
      core.clock.note(content.inode)
      content.state.update { state in
        if isLast {
          state.isUnlinked = true
          state.ownsNeedles = isStored
        }
      }
      core.table.unbind(parent: parent, name: name)
      if !isLast { core.lostName(content.inode) }
    }
  }

  private func delete(
    _ parent: InodeID, _ name: EntryName, freeChunks: Bool, _ context: OperationContext
  ) throws(FSError) {
    try core.gate.shared(context) { () throws(FSError) in
      try core.store.delete(
        core.path(of: parent).appending(name), recursive: false, freeChunks: freeChunks, context)
    }
  }

  public func removeDirectory(
    _ parent: InodeID, _ name: EntryName, _ context: OperationContext
  ) throws(FSError) {
    try refuseIfReadOnly()
    let directory = try core.inode(parent)
    let found = try lookup(parent, name, context)
    defer { core.table.forget(found.inode, count: 1) }
    guard found.attributes.isDirectory else { throw FSError(.notDirectory, "not a directory") }
    try storeChildren(of: found.inode, recursive: false, context)
    try core.gate.exclusive(context) { () throws(FSError) in
      let path = try core.path(of: parent).appending(name)
      guard try core.names.list(path, after: nil, limit: 1, context).rows.isEmpty else {
        throw FSError(.notEmpty, "\(path) is not empty")
      }
      try core.store.delete(path, recursive: false, freeChunks: true, context)
      core.table.unbind(parent: parent, name: name)
    }
    touch(directory)
  }

  /// Tells the cluster of files that exist here only, before a directory is listed, moved or removed.
  func storeChildren(
    of directory: InodeID, recursive: Bool, _ context: OperationContext
  ) throws(FSError) {
    for content in core.dirty.all where content.isLocalOnly {
      let isInside =
        recursive
        ? isBelow(content.inode.id, directory)
        : core.table.places(of: content.inode.id).contains { $0.parent == directory }
      if isInside { try content.commit(context) }
    }
  }

  private func isBelow(_ inode: InodeID, _ directory: InodeID) -> Bool {
    var current: InodeID? = inode
    while let next = current {
      if next == directory { return true }
      if next == .root { return false }
      current = core.table.parent(of: next)
    }
    return false
  }
}

extension FileContent {
  /// Runs something while no commit of this file is in flight, and none starts.
  func whileNotCommitting(
    _ context: OperationContext, _ body: () throws(FSError) -> Void
  ) throws(FSError) {
    try state.wait(context, for: "a commit of \(name)") { (state) throws(FSError) -> Void? in
      if state.isCommitting { return nil }
      state.isCommitting = true
      return ()
    }
    defer { state.update { $0.isCommitting = false } }
    try body()
  }
}
