import SwfsCore
import SwfsFS
import SwfsTestKit

/// A `FileSystem` driven by paths, as the kernel would: every reference taken is given back.
final class ModelMount {
  let client: MemoryClient
  let fs: ClusterFileSystem

  init(_ cluster: MemoryCluster, chunkBytes: Int) {
    client = cluster.makeClient()
    let budget = MemoryBudget(bytesMax: 8 << 20)
    var options = FileSystemOptions()
    options.chunkBytes = chunkBytes
    options.deadlineSeconds = 60
    options.createDelaySeconds = 0.05
    options.idleUploadSeconds = 0.05
    fs = ClusterFileSystem(
      names: client, store: client, chunks: client,
      reader: ContentReader(store: client, cache: nil, budget: budget), feed: client, locks: client,
      budget: budget, options: options)
    fs.start(notifier: nil)
  }

  var context: OperationContext {
    OperationContext(
      deadline: Deadline(secondsFromNow: 60),
      caller: .init(uid: 0, gid: 0, pid: 1, umask: 0))
  }

  /// Flushes and ends the mount.
  func end() throws(FSError) {
    if let failure = fs.flushAll(context).first { throw failure.error }
    fs.stop()
    client.disconnect()
  }

  /// Looks a path up for the time of the body.
  func with<R>(
    _ path: EntryPath, _ body: (InodeID) throws(FSError) -> R
  ) throws(FSError) -> R {
    var inodes: [InodeID] = []
    defer { for inode in inodes { fs.forget(inode, count: 1) } }
    for name in path.components {
      inodes.append(try fs.lookup(inodes.last ?? .root, name, context).inode)
    }
    return try body(inodes.last ?? .root)
  }

  func forgetting(_ found: FoundInode) { fs.forget(found.inode, count: 1) }

  func read(_ handle: HandleID, at offset: Int, count: Int) throws(FSError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 1)
    defer { buffer.deallocate() }
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(count))
    let got = try fs.read(handle, offset: Int64(offset), into: part, context)
    return Array(buffer.prefix(got))
  }

  func write(_ handle: HandleID, _ data: [UInt8], at offset: Int) throws(FSError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(data.count, 1), alignment: 1)
    defer { buffer.deallocate() }
    buffer.copyBytes(from: data)
    let part = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer).prefix(data.count))
    let count = try fs.write(handle, offset: Int64(offset), part, context)
    if count != data.count { throw FSError(.remote, "short write: \(count) of \(data.count)") }
  }

  func close(_ handle: HandleID) throws(FSError) {
    defer { fs.release(handle, flockOwner: nil) }
    try fs.flush(handle, lockOwner: nil, context)
  }

  /// Names and attributes of a directory, in pages of a few rows as the kernel asks for them.
  func list(_ path: EntryPath, rowsAtOnce: Int) throws(FSError) -> [EntryName: FileAttributes] {
    try with(path) { inode throws(FSError) in
      let handle = try fs.openDirectory(inode, context).handle
      defer { fs.releaseDirectory(handle) }
      var result: [EntryName: FileAttributes] = [:]
      var offset: UInt64 = 0
      var repeated: EntryName?
      while true {
        var rows = 0
        try fs.directoryEntriesPlus(handle, offset: offset, context) { entry, found in
          if rows == rowsAtOnce { return false }
          rows += 1
          offset = entry.nextOffset
          if let found {
            if result.updateValue(found.attributes, forKey: entry.name) != nil {
              repeated = entry.name
            }
            forgetting(found)
          }
          return true
        }
        if let repeated { throw FSError(.corrupt, "\(repeated) is listed twice in \(path)") }
        if rows == 0 { return result }
      }
    }
  }
}
