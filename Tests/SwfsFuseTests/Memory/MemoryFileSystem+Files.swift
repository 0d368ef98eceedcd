import Glibc
import SwfsCore
import SwfsFS

extension MemoryFileSystem {
  // MARK: Directories

  func openDirectory(
    _ inode: InodeID, _ context: OperationContext
  ) throws(FSError) -> OpenedDirectory {
    try state.update { state throws(FSError) in
      let node = try state.node(inode)
      var rows: [DirectoryEntry] = []
      func add(_ name: EntryName, _ inode: InodeID, _ kind: FileKind) {
        rows.append(
          DirectoryEntry(
            name: name, inode: inode, kind: kind, nextOffset: UInt64(rows.count + 1)))
      }
      add(".", inode, .directory)
      add("..", node.parent, .directory)
      for (name, child) in node.children.sorted(by: { $0.key < $1.key }) {
        add(name, child, state.nodes[child]?.attributes.kind ?? .regular)
      }
      let handle = state.open(OpenHandle(inode: inode, rows: rows))
      return OpenedDirectory(handle: handle, cacheInKernel: false, keepCache: false)
    }
  }

  func directoryEntries(
    _ handle: HandleID, offset: UInt64, _ context: OperationContext,
    _ body: (DirectoryEntry) -> Bool
  ) throws(FSError) {
    for row in try rows(handle, offset) where !body(row) { return }
  }

  func directoryEntriesPlus(
    _ handle: HandleID, offset: UInt64, _ context: OperationContext,
    _ body: (DirectoryEntry, FoundInode?) -> Bool
  ) throws(FSError) {
    for row in try rows(handle, offset) {
      let isDot = row.name == "." || row.name == ".."
      let found = isDot ? nil : try? state.withLock { s throws(FSError) in try s.found(row.inode) }
      guard body(row, found) else {
        if found != nil { state.withLock { $0.nodes[row.inode]?.references -= 1 } }
        return
      }
    }
  }

  private func rows(
    _ handle: HandleID, _ offset: UInt64
  ) throws(FSError) -> ArraySlice<DirectoryEntry> {
    try state.withLock { state throws(FSError) in
      guard let open = state.handles[handle] else { throw FSError(.badHandle, "no such handle") }
      return open.rows.dropFirst(Int(clamping: offset))
    }
  }

  func releaseDirectory(_ handle: HandleID) { state.update { $0.close(handle) } }

  func syncDirectory(_ handle: HandleID, _ context: OperationContext) throws(FSError) {
    _ = try state.withLock { state throws(FSError) in try state.inode(handle) }
  }

  // MARK: Files

  func create(
    _ parent: InodeID, _ name: EntryName, permissions: UInt16, flags: OpenFlags,
    _ context: OperationContext
  ) throws(FSError) -> (FoundInode, OpenedFile) {
    try state.update { state throws(FSError) in
      let inode = try state.make(
        parent, name, FileMode(kind: .regular, permissions: permissions), context)
      let handle = state.open(OpenHandle(inode: inode, flags: flags))
      state.openFlags.append(flags)
      return (
        try state.found(inode), OpenedFile(handle: handle, keepCache: true, directIO: false)
      )
    }
  }

  func open(
    _ inode: InodeID, flags: OpenFlags, _ context: OperationContext
  ) throws(FSError) -> OpenedFile {
    try state.update { state throws(FSError) in
      _ = try state.node(inode)
      state.openFlags.append(flags)
      if flags.contains(.truncate) { state.nodes[inode]?.resize(0) }
      let handle = state.open(OpenHandle(inode: inode, flags: flags))
      return OpenedFile(handle: handle, keepCache: true, directIO: flags.contains(.direct))
    }
  }

  func read(
    _ handle: HandleID, offset: Int64, into buffer: UnsafeMutableRawBufferPointer,
    _ context: OperationContext
  ) throws(FSError) -> Int {
    let node = try state.update { state throws(FSError) in
      state.reads += 1
      return try state.node(state.inode(handle))
    }
    if node.stalls { try gate.wait(context, for: "the gate") { $0 ? () : nil } }
    let piece = node.bytes.dropFirst(Int(offset)).prefix(buffer.count)
    buffer.copyBytes(from: piece)
    return piece.count
  }

  func write(
    _ handle: HandleID, offset: Int64, _ bytes: UnsafeRawBufferPointer, _ context: OperationContext
  ) throws(FSError) -> Int {
    try state.update { state throws(FSError) in
      let inode = try state.inode(handle)
      var node = try state.node(inode)
      let isAppend = state.handles[handle]?.flags.contains(.append) == true
      let start = isAppend ? node.bytes.count : Int(offset)
      if start + bytes.count > node.bytes.count { node.resize(start + bytes.count) }
      node.bytes.replaceSubrange(start..<(start + bytes.count), with: bytes)
      node.attributes.mtime = .now
      state.nodes[inode] = node
      return bytes.count
    }
  }

  func flush(
    _ handle: HandleID, lockOwner: UInt64?, _ context: OperationContext
  ) throws(FSError) {
    try state.update { state throws(FSError) in
      state.flushes += 1
      let inode = try state.inode(handle)
      state.nodes[inode]?.locks.removeAll { !$0.isFlock && $0.owner == lockOwner }
      if state.nodes[inode]?.bytes.starts(with: "fail".utf8) == true {
        throw FSError(.unavailable, "no volume server answers")
      }
    }
  }

  func sync(_ handle: HandleID, dataOnly: Bool, _ context: OperationContext) throws(FSError) {
    _ = try state.withLock { state throws(FSError) in try state.inode(handle) }
  }

  func release(_ handle: HandleID, flockOwner: UInt64?) {
    state.update { state in
      if let inode = state.handles[handle]?.inode, let flockOwner {
        state.nodes[inode]?.locks.removeAll { $0.isFlock && $0.owner == flockOwner }
      }
      state.close(handle)
    }
  }

  func allocate(
    _ handle: HandleID, mode: Int32, offset: Int64, length: Int64, _ context: OperationContext
  ) throws(FSError) {
    try state.update { state throws(FSError) in
      guard mode == 0 else { throw FSError(.unsupported, "fallocate mode \(mode)") }
      let inode = try state.inode(handle)
      let end = Int(offset + length)
      if try state.node(inode).bytes.count < end { state.nodes[inode]?.resize(end) }
    }
  }

  func seek(
    _ handle: HandleID, offset: Int64, whence: Int32, _ context: OperationContext
  ) throws(FSError) -> Int64 {
    let count = try state.withLock { state throws(FSError) in
      try state.node(state.inode(handle)).bytes.count
    }
    guard offset < count else { throw FSError(.noSuchOffset, "offset \(offset)") }
    return whence == 3 ? offset : Int64(count)
  }

  func copyRange(
    from source: HandleID, offset: Int64, to target: HandleID, targetOffset: Int64, length: Int64,
    _ context: OperationContext
  ) throws(FSError) -> Int64 {
    let bytes = try state.withLock { state throws(FSError) in
      try state.node(state.inode(source)).bytes.dropFirst(Int(offset)).prefix(Int(length))
    }
    guard !bytes.isEmpty else { return 0 }
    let result = Array(bytes).withUnsafeBytes { raw in
      Result { () throws(FSError) in try write(target, offset: targetOffset, raw, context) }
    }
    return Int64(try result.get())
  }

  // MARK: Locks

  func getLock(
    _ handle: HandleID, _ lock: AdvisoryLock, _ context: OperationContext
  ) throws(FSError) -> AdvisoryLock? {
    try state.withLock { state throws(FSError) in
      try state.node(state.inode(handle)).conflict(lock)
    }
  }

  func setLock(
    _ handle: HandleID, _ lock: AdvisoryLock, wait: Bool, _ context: OperationContext
  ) throws(FSError) {
    try state.wait(context, for: "a lock") { state throws(FSError) -> Void? in
      let inode = try state.inode(handle)
      let node = try state.node(inode)
      if lock.kind != .unlock, node.conflict(lock) != nil {
        if !wait { throw FSError(.wouldBlock, "locked") }
        return nil
      }
      state.nodes[inode]?.locks.removeAll { $0.owner == lock.owner && $0.isFlock == lock.isFlock }
      if lock.kind != .unlock { state.nodes[inode]?.locks.append(lock) }
      return ()
    }
    state.update { _ in }
  }
}

extension MemoryFileSystem.Node {
  func conflict(_ lock: AdvisoryLock) -> AdvisoryLock? {
    locks.first {
      $0.isFlock == lock.isFlock && $0.owner != lock.owner && $0.start <= lock.end
        && lock.start <= $0.end && ($0.kind == .write || lock.kind == .write)
    }
  }
}
