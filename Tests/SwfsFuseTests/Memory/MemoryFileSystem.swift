import Glibc
import SwfsCore
import SwfsFS

/// A whole file system in memory behind one lock: what the glue is tested with, and a second opinion
/// on how the operations of `FileSystem` ought to behave.
///
/// `gate` holds back reads of files named `stalled*` until it is opened: for interrupts and deadlines.
final class MemoryFileSystem: FileSystem {
  struct Node: Sendable {
    var attributes: FileAttributes
    var bytes: [UInt8] = []
    var target = ""
    var children: [EntryName: InodeID] = [:]
    var parent = InodeID.root
    var extended: [String: [UInt8]] = [:]
    /// References the kernel owns.
    var references: UInt64 = 0
    var handles = 0
    var locks: [AdvisoryLock] = []
    var stalls = false
  }

  struct State: Sendable {
    var nodes: [InodeID: Node] = [:]
    var handles: [HandleID: OpenHandle] = [:]
    var lastNumber: UInt64 = 1
    var forgotten = 0
    var flushes = 0
    var reads = 0
    var callers: [OperationContext.Caller] = []
    var openFlags: [OpenFlags] = []
  }

  struct OpenHandle: Sendable {
    var inode: InodeID
    var flags: OpenFlags = []
    /// Rows fixed at `openDirectory`, so offsets stay what they were.
    var rows: [DirectoryEntry] = []
  }

  static let validity = Validity(nameSeconds: 60, attributeSeconds: 60)
  let state: Monitor<State>
  let gate = Monitor(false)

  init() {
    var state = State()
    state.nodes[.root] = Node(
      attributes: FileAttributes(
        mode: FileMode(kind: .directory, permissions: 0o755), mtime: .now, ctime: .now, atime: .now)
    )
    self.state = Monitor(state)
  }

  // MARK: Names

  func lookup(
    _ parent: InodeID, _ name: EntryName, _ context: OperationContext
  ) throws(FSError) -> FoundInode {
    try state.withLock { state throws(FSError) in
      state.callers.append(context.caller)
      return try state.found(state.child(parent, name))
    }
  }

  func forget(_ inode: InodeID, count: UInt64) {
    state.update { state in
      state.forgotten += Int(count)
      guard var node = state.nodes[inode] else { return }
      node.references -= min(count, node.references)
      state.nodes[inode] = node
      state.dropIfUnused(inode)
    }
  }

  func makeNode(
    _ parent: InodeID, _ name: EntryName, mode: FileMode, rdev: UInt32, _ context: OperationContext
  ) throws(FSError) -> FoundInode {
    try state.update { state throws(FSError) in
      let inode = try state.make(parent, name, mode, context)
      state.nodes[inode]?.attributes.rdev = rdev
      return try state.found(inode)
    }
  }

  func makeDirectory(
    _ parent: InodeID, _ name: EntryName, permissions: UInt16, _ context: OperationContext
  ) throws(FSError) -> FoundInode {
    try state.update { state throws(FSError) in
      try state.found(
        state.make(parent, name, FileMode(kind: .directory, permissions: permissions), context))
    }
  }

  func makeSymlink(
    _ parent: InodeID, _ name: EntryName, target: String, _ context: OperationContext
  ) throws(FSError) -> FoundInode {
    try state.update { state throws(FSError) in
      let inode = try state.make(
        parent, name, FileMode(kind: .symlink, permissions: 0o777), context)
      state.nodes[inode]?.target = target
      state.nodes[inode]?.attributes.size = UInt64(target.utf8.count)
      return try state.found(inode)
    }
  }

  func readSymlink(_ inode: InodeID, _ context: OperationContext) throws(FSError) -> String {
    try state.withLock { state throws(FSError) in try state.node(inode).target }
  }

  func link(
    _ inode: InodeID, _ newParent: InodeID, _ newName: EntryName, _ context: OperationContext
  ) throws(FSError) -> FoundInode {
    try state.update { state throws(FSError) in
      guard try state.node(newParent).children[newName] == nil else {
        throw FSError(.exists, newName.string)
      }
      state.nodes[newParent]?.children[newName] = inode
      state.nodes[inode]?.attributes.linkCount += 1
      return try state.found(inode)
    }
  }

  func unlink(
    _ parent: InodeID, _ name: EntryName, _ context: OperationContext
  ) throws(FSError) {
    try state.update { state throws(FSError) in
      let inode = try state.child(parent, name)
      guard try state.node(inode).attributes.kind != .directory else {
        throw FSError(.isDirectory, name.string)
      }
      state.remove(parent, name, inode)
    }
  }

  func removeDirectory(
    _ parent: InodeID, _ name: EntryName, _ context: OperationContext
  ) throws(FSError) {
    try state.update { state throws(FSError) in
      let inode = try state.child(parent, name)
      let node = try state.node(inode)
      guard node.attributes.isDirectory else { throw FSError(.notDirectory, name.string) }
      guard node.children.isEmpty else { throw FSError(.notEmpty, name.string) }
      state.remove(parent, name, inode)
    }
  }

  func rename(
    _ parent: InodeID, _ name: EntryName, to newParent: InodeID, _ newName: EntryName,
    flags: RenameFlags, _ context: OperationContext
  ) throws(FSError) {
    try state.update { state throws(FSError) in
      guard !flags.contains(.whiteout) else { throw FSError(.invalidArgument, "whiteout") }
      let inode = try state.child(parent, name)
      let other = try state.node(newParent).children[newName]
      if flags.contains(.exchange) {
        guard let other else { throw FSError(.notFound, newName.string) }
        state.nodes[parent]?.children[name] = other
        state.nodes[newParent]?.children[newName] = inode
        return
      }
      if let other {
        guard !flags.contains(.noReplace) else { throw FSError(.exists, newName.string) }
        guard try state.node(other).children.isEmpty else { throw FSError(.notEmpty, "target") }
        state.remove(newParent, newName, other)
      }
      state.nodes[parent]?.children[name] = nil
      state.nodes[newParent]?.children[newName] = inode
    }
  }

  // MARK: The whole

  func statistics(_ context: OperationContext) throws(FSError) -> VolumeStatistics {
    VolumeStatistics(
      blockSize: 4096, totalBlocks: 1000, freeBlocks: 400, files: 50, freeFiles: 20)
  }

  func flushAll(_ context: OperationContext) -> [FlushFailure] { [] }
}

extension MemoryFileSystem.State {
  func node(_ inode: InodeID) throws(FSError) -> MemoryFileSystem.Node {
    guard let node = nodes[inode] else { throw FSError(.stale, "inode \(inode.number)") }
    return node
  }

  func child(_ parent: InodeID, _ name: EntryName) throws(FSError) -> InodeID {
    guard let inode = try node(parent).children[name] else {
      throw FSError(.notFound, name.string)
    }
    return inode
  }

  mutating func found(_ inode: InodeID) throws(FSError) -> FoundInode {
    nodes[inode]?.references += 1
    return FoundInode(
      inode: inode, attributes: try node(inode).attributes, validity: MemoryFileSystem.validity)
  }

  mutating func make(
    _ parent: InodeID, _ name: EntryName, _ mode: FileMode, _ context: OperationContext
  ) throws(FSError) -> InodeID {
    guard try node(parent).children[name] == nil else { throw FSError(.exists, name.string) }
    lastNumber += 1
    let inode = InodeID(number: lastNumber)
    var mode = mode
    // The kernel leaves umask to the file system.
    if mode.kind != .symlink { mode.permissions &= ~UInt16(context.caller.umask & 0o777) }
    nodes[inode] = MemoryFileSystem.Node(
      attributes: FileAttributes(
        mode: mode, uid: context.caller.uid, gid: context.caller.gid, mtime: .now, ctime: .now,
        atime: .now), parent: parent, stalls: name.string.hasPrefix("stalled"))
    nodes[parent]?.children[name] = inode
    return inode
  }

  mutating func remove(_ parent: InodeID, _ name: EntryName, _ inode: InodeID) {
    nodes[parent]?.children[name] = nil
    nodes[inode]?.attributes.linkCount -= 1
    dropIfUnused(inode)
  }

  mutating func dropIfUnused(_ inode: InodeID) {
    guard let node = nodes[inode], inode != .root else { return }
    let isNamed = node.attributes.linkCount > 0
    if !isNamed && node.references == 0 && node.handles == 0 { nodes[inode] = nil }
  }

  mutating func open(_ handle: MemoryFileSystem.OpenHandle) -> HandleID {
    lastNumber += 1
    let id = HandleID(number: lastNumber)
    handles[id] = handle
    nodes[handle.inode]?.handles += 1
    return id
  }

  mutating func close(_ id: HandleID) {
    guard let handle = handles.removeValue(forKey: id) else { return }
    nodes[handle.inode]?.handles -= 1
    dropIfUnused(handle.inode)
  }

  func inode(_ id: HandleID) throws(FSError) -> InodeID {
    guard let handle = handles[id] else { throw FSError(.badHandle, "handle \(id.number)") }
    return handle.inode
  }
}
