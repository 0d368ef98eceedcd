import SwfsCore
import SwfsFS
import SwfsTestKit

/// One mount of an in-memory cluster, with short ways to do what applications do.
final class TestMount {
  let client: MemoryClient
  let fs: ClusterFileSystem
  let budget: MemoryBudget

  init(
    _ cluster: MemoryCluster, chunkBytes: Int = 64, memory: Int = 64 << 20,
    _ adjust: (inout FileSystemOptions) -> Void = { _ in }
  ) {
    client = cluster.makeClient()
    budget = MemoryBudget(bytesMax: memory)
    var options = FileSystemOptions()
    options.chunkBytes = chunkBytes
    options.deadlineSeconds = 20
    adjust(&options)
    fs = ClusterFileSystem(
      names: client, store: client, chunks: client,
      reader: ContentReader(store: client, cache: nil, budget: budget), feed: client, locks: client,
      budget: budget, options: options)
    fs.start(notifier: nil)
  }

  deinit { fs.stop() }

  var context: OperationContext {
    OperationContext(
      deadline: Deadline(secondsFromNow: 20),
      caller: .init(uid: 0, gid: 0, pid: 1, umask: 0o022))
  }

  func find(_ path: EntryPath) throws(FSError) -> InodeID {
    var inode = InodeID.root
    for name in path.components { inode = try fs.lookup(inode, name, context).inode }
    return inode
  }

  func attributes(_ path: EntryPath) throws(FSError) -> FileAttributes {
    try fs.attributes(find(path), context).attributes
  }

  func create(
    _ path: EntryPath, _ flags: OpenFlags = [.read, .write]
  ) throws(FSError) -> HandleID {
    try fs.create(find(path.parent), path.name, permissions: 0o644, flags: flags, context)
      .1.handle
  }

  func open(
    _ path: EntryPath, _ flags: OpenFlags = [.read, .write]
  ) throws(FSError) -> HandleID {
    try fs.open(find(path), flags: flags, context).handle
  }

  func write(_ handle: HandleID, _ text: String, at offset: Int64 = 0) throws(FSError) {
    let bytes = Array(text.utf8)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { buffer.deallocate() }
    buffer.copyBytes(from: bytes)
    let count = try fs.write(handle, offset: offset, UnsafeRawBufferPointer(buffer), context)
    if count != bytes.count { throw FSError(.remote, "short write of \(count) bytes") }
  }

  func read(
    _ handle: HandleID, at offset: Int64 = 0, count: Int = 1 << 16
  ) throws(FSError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { buffer.deallocate() }
    let got = try fs.read(handle, offset: offset, into: buffer, context)
    return Array(buffer.prefix(got))
  }

  func close(_ handle: HandleID) throws(FSError) {
    defer { fs.release(handle, flockOwner: nil) }
    try fs.flush(handle, lockOwner: nil, context)
  }

  func put(_ path: EntryPath, _ text: String) throws(FSError) {
    let handle = try create(path, [.write, .truncate])
    do throws(FSError) {
      try write(handle, text)
    } catch {
      fs.release(handle, flockOwner: nil)
      throw error
    }
    try close(handle)
  }

  func text(_ path: EntryPath) throws(FSError) -> String {
    let handle = try open(path, [.read])
    defer { fs.release(handle, flockOwner: nil) }
    return String(decoding: try read(handle), as: UTF8.self)
  }

  func mkdir(_ path: EntryPath) throws(FSError) {
    _ = try fs.makeDirectory(find(path.parent), path.name, permissions: 0o755, context)
  }

  func unlink(_ path: EntryPath) throws(FSError) {
    try fs.unlink(find(path.parent), path.name, context)
  }

  func rename(
    _ from: EntryPath, _ to: EntryPath, flags: RenameFlags = []
  ) throws(FSError) {
    try fs.rename(
      find(from.parent), from.name, to: find(to.parent), to.name, flags: flags, context)
  }

  func names(_ path: EntryPath) throws(FSError) -> [String] {
    let opened = try fs.openDirectory(find(path), context)
    defer { fs.releaseDirectory(opened.handle) }
    var names: [String] = []
    try fs.directoryEntries(opened.handle, offset: 0, context) { entry in
      names.append(entry.name.string)
      return true
    }
    return names.filter { $0 != "." && $0 != ".." }
  }
}

/// The code of the error that something throws; nil when it succeeds.
func code(_ body: () throws(FSError) -> Void) -> FSError.Code? {
  do throws(FSError) {
    try body()
    return nil
  } catch {
    return error.code
  }
}
