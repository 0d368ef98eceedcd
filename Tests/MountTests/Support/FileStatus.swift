import Glibc
import SwfsCore

/// What `stat` said.
struct FileStatus: Equatable {
  var inode: UInt64
  var device: UInt64
  var type: UInt32
  /// The low twelve bits of the mode.
  var permissions: UInt32
  var linkCount: Int
  var uid: UInt32
  var gid: UInt32
  var rdev: UInt64
  var size: Int
  /// 512-byte units.
  var blocks: Int
  var atime: Timestamp
  var mtime: Timestamp
  var ctime: Timestamp

  init(_ raw: stat) {
    inode = UInt64(raw.st_ino)
    device = UInt64(raw.st_dev)
    type = raw.st_mode & S_IFMT
    permissions = raw.st_mode & 0o7777
    linkCount = Int(raw.st_nlink)
    uid = raw.st_uid
    gid = raw.st_gid
    rdev = UInt64(raw.st_rdev)
    size = Int(raw.st_size)
    blocks = Int(raw.st_blocks)
    atime = Timestamp(raw.st_atim)
    mtime = Timestamp(raw.st_mtim)
    ctime = Timestamp(raw.st_ctim)
  }
}

extension Timestamp {
  init(_ raw: timespec) {
    self.init(seconds: Int64(raw.tv_sec), nanoseconds: Int32(raw.tv_nsec))
  }
}
