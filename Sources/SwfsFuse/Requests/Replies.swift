import CFuse
import Glibc
import SwfsCore
import SwfsFS
import Synchronization

extension Glue {
  /// Answers a request; the one place that does.
  ///
  /// When the kernel does not take the answer (the connection was aborted), references and handles in
  /// it were never received, so they are given back here.
  func send(_ reply: Reply, to request: fuse_req_t, flags: Int32 = 0) {
    switch reply {
    case .success: _ = fuse_reply_err(request, 0)
    case .failure(let errno): _ = fuse_reply_err(request, errno)
    case .entry(let found):
      var entry = parameters(found)
      if fuse_reply_entry(request, &entry) != 0 { fileSystem.forget(found.inode, count: 1) }
    case .created(let found, let opened):
      var entry = parameters(found)
      var info = information(opened, flags: flags)
      if fuse_reply_create(request, &entry, &info) != 0 {
        fileSystem.release(opened.handle, flockOwner: nil)
        fileSystem.forget(found.inode, count: 1)
      } else {
        openHandles.wrappingAdd(1, ordering: .relaxed)
      }
    case .opened(let opened):
      var info = information(opened, flags: flags)
      if fuse_reply_open(request, &info) != 0 {
        fileSystem.release(opened.handle, flockOwner: nil)
      } else {
        openHandles.wrappingAdd(1, ordering: .relaxed)
      }
    case .openedDirectory(let opened):
      var info = fuse_file_info()
      info.fh = opened.handle.number
      info.cache_readdir = opened.cacheInKernel ? 1 : 0
      info.keep_cache = opened.keepCache ? 1 : 0
      if fuse_reply_open(request, &info) != 0 {
        fileSystem.releaseDirectory(opened.handle)
      } else {
        openHandles.wrappingAdd(1, ordering: .relaxed)
      }
    case .attributes(let found):
      var status = found.attributes.status(found.inode)
      _ = fuse_reply_attr(request, &status, found.validity.attributeSeconds)
    case .text(let text): _ = fuse_reply_readlink(request, text)
    case .bytes(let buffer, let count):
      _ = fuse_reply_buf(request, buffer.bytes.baseAddress, count)
      buffer.giveBack()
    case .rows(let buffer, let count, let references):
      if fuse_reply_buf(request, buffer.bytes.baseAddress, count) != 0 {
        for inode in references { fileSystem.forget(inode, count: 1) }
      }
      buffer.giveBack()
    case .written(let count): _ = fuse_reply_write(request, count)
    case .array(let bytes): _ = fuse_reply_buf(request, bytes, bytes.count)
    case .attributeSize(let count): _ = fuse_reply_xattr(request, count)
    case .statistics(let statistics):
      var status = statvfs(statistics)
      _ = fuse_reply_statfs(request, &status)
    case .lock(let lock):
      var status = flock(lock)
      _ = fuse_reply_lock(request, &status)
    case .offset(let offset): _ = fuse_reply_lseek(request, Int(offset))
    }
  }

  func parameters(_ found: FoundInode) -> fuse_entry_param {
    var entry = fuse_entry_param()
    entry.ino = found.inode.number
    entry.generation = generation
    entry.attr = found.attributes.status(found.inode)
    entry.attr_timeout = found.validity.attributeSeconds
    entry.entry_timeout = found.validity.nameSeconds
    return entry
  }

  private func information(_ opened: OpenedFile, flags: Int32) -> fuse_file_info {
    var info = fuse_file_info()
    info.flags = flags
    info.fh = opened.handle.number
    info.keep_cache = opened.keepCache ? 1 : 0
    info.direct_io = opened.directIO ? 1 : 0
    // Closing a file that was only read has nothing to store. With cluster locks the flush is needed
    // all the same: it is what gives POSIX locks back.
    if !options.clusterLocks && flags & O_ACCMODE == O_RDONLY { info.noflush = 1 }
    return info
  }
}

extension statvfs {
  init(_ statistics: VolumeStatistics) {
    self.init()
    f_bsize = UInt(statistics.blockSize)
    f_frsize = UInt(statistics.blockSize)
    f_blocks = UInt(statistics.totalBlocks)
    f_bfree = UInt(statistics.freeBlocks)
    f_bavail = UInt(statistics.freeBlocks)
    f_files = UInt(statistics.files)
    f_ffree = UInt(statistics.freeFiles)
    f_favail = UInt(statistics.freeFiles)
    f_namemax = UInt(statistics.nameBytesMax)
  }
}
