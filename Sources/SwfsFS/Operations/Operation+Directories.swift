public import SwfsCore
import SwfsObserve

extension ClusterFileSystem {
  public func openDirectory(
    _ inode: InodeID, _ context: OperationContext
  ) throws(FSError) -> OpenedDirectory {
    let directory = try core.inode(inode)
    guard directory.kind == .directory else { throw FSError(.notDirectory, "not a directory") }
    try storeChildren(of: inode, recursive: false, context)
    core.table.pin(inode)
    let handle = handles.insert(.directory(DirectoryHandle(inode: directory)))
    return OpenedDirectory(handle: handle, cacheInKernel: false, keepCache: false)
  }

  public func directoryEntries(
    _ handle: HandleID, offset: UInt64, _ context: OperationContext,
    _ body: (DirectoryEntry) -> Bool
  ) throws(FSError) {
    let directory = try handles.directory(handle)
    try visit(directory, offset: offset, context) { row, entry, _ in body(entry) }
  }

  public func directoryEntriesPlus(
    _ handle: HandleID, offset: UInt64, _ context: OperationContext,
    _ body: (DirectoryEntry, FoundInode?) -> Bool
  ) throws(FSError) {
    let directory = try handles.directory(handle)
    try visit(directory, offset: offset, context) { row, entry, page in
      // Something changed here since the page was read: its attributes may be old, its names are what
      // a reader that began earlier may see.
      guard let row, case .attributes(let attributes) = row.content,
        let page, directory.inode.changeSequence == page.sequence
      else { return body(entry, nil) }
      let found = core.found(
        parent: directory.inode, name: row.name, attributes: attributes, readAt: page.sequence)
      let isOld = core.table.inode(found.inode)?.changedSince(page.readAt) ?? true
      guard !isOld, directory.inode.changeSequence == page.sequence else {
        core.table.forget(found.inode, count: 1)
        return body(entry, nil)
      }
      var entry = entry
      entry.inode = found.inode
      let isTaken = body(entry, found)
      if !isTaken { core.table.forget(found.inode, count: 1) }
      return isTaken
    }
  }

  /// Walks rows from an offset on until the visitor has enough. Rows of `.` and `..` are nil.
  private func visit(
    _ directory: DirectoryHandle, offset: UInt64, _ context: OperationContext,
    _ visitor: (ListingRow?, DirectoryEntry, DirectoryHandle.Page?) -> Bool
  ) throws(FSError) {
    let inode = directory.inode
    if offset == 0 { try directory.rewind(context) }
    var next = offset
    if next == 0 {
      let dot = DirectoryEntry(name: ".", inode: inode.id, kind: .directory, nextOffset: 1)
      guard visitor(nil, dot, nil) else { return }
      next = 1
    }
    if next == 1 {
      let parent = core.table.parent(of: inode.id) ?? .root
      let dots = DirectoryEntry(name: "..", inode: parent, kind: .directory, nextOffset: 2)
      guard visitor(nil, dots, nil) else { return }
      next = 2
    }
    guard let first = Int(exactly: next - 2) else { return }
    try visitRows(directory, from: first, context, visitor)
  }

  private func visitRows(
    _ directory: DirectoryHandle, from first: Int, _ context: OperationContext,
    _ visitor: (ListingRow?, DirectoryEntry, DirectoryHandle.Page?) -> Bool
  ) throws(FSError) {
    let inode = directory.inode
    var index = first
    while true {
      let page = try directory.page(containing: index, context, clock: core.clock) {
        (after, limit) throws(FSError) in
        try self.fetchPage(of: inode, after: after, limit: limit, context)
      }
      guard index < page.end, index >= page.start else { return }
      for row in page.rows[(index - page.start)...] {
        index += 1
        if isHidden(inode.id, row.name) { continue }
        let entry = DirectoryEntry(
          name: row.name, inode: core.table.number(inode.id, row.name), kind: row.kind,
          nextOffset: UInt64(index) + 2)
        guard visitor(row, entry, page) else { return }
      }
      if page.isLast { return }
    }
  }

  private func fetchPage(
    of directory: Inode, after: EntryName?, limit: Int, _ context: OperationContext
  ) throws(FSError) -> ListingPage {
    // A removed directory has no path and no entries.
    guard let path = core.table.path(of: directory.id) else {
      return ListingPage(rows: [], lastName: nil, isLast: true)
    }
    return try core.names.list(path, after: after, limit: limit, context)
  }

  public func releaseDirectory(_ handle: HandleID) {
    guard case .directory(let directory)? = handles.remove(handle) else { return }
    core.table.unpin(directory.inode.id)
  }

  /// Every change of names is in the database before it is answered; only files that exist here alone,
  /// and the directory's own times, are left to store.
  public func syncDirectory(
    _ handle: HandleID, _ context: OperationContext
  ) throws(FSError) {
    let directory = try handles.directory(handle)
    try storeChildren(of: directory.inode.id, recursive: false, context)
    try core.storeTouch(of: directory.inode, context)
  }
}

extension ListingRow {
  /// What the listing calls the entry; a corrupt one is shown as a file that cannot be read.
  var kind: FileKind {
    switch content {
    case .attributes(let attributes): attributes.kind
    case .corrupt: .regular
    }
  }
}
