import CFuse
import Glibc
import SwfsCore
import SwfsFS

extension FileKind {
  /// The `S_IFMT` bits of this kind.
  var formatBits: mode_t {
    switch self {
    case .regular: S_IFREG
    case .directory: S_IFDIR
    case .symlink: S_IFLNK
    case .fifo: S_IFIFO
    case .socket: S_IFSOCK
    case .characterDevice: S_IFCHR
    case .blockDevice: S_IFBLK
    }
  }

  /// - Returns: nil for bits that name no kind; no bits at all mean a regular file, as for `mknod(2)`.
  init?(formatBitsOf mode: mode_t) {
    switch mode & S_IFMT {
    case S_IFREG, 0: self = .regular
    case S_IFDIR: self = .directory
    case S_IFLNK: self = .symlink
    case S_IFIFO: self = .fifo
    case S_IFSOCK: self = .socket
    case S_IFCHR: self = .characterDevice
    case S_IFBLK: self = .blockDevice
    default: return nil
    }
  }
}

extension FileAttributes {
  /// Preferred I/O size in bytes. The kernel derives its block bits from it; more than a page has met
  /// kernel bugs, and big requests come from readahead anyway.
  static let preferredBlockBytes = 4096

  /// As the kernel wants it. Sizes beyond what `off_t` holds are shown as the largest it holds.
  func status(_ inode: InodeID) -> stat {
    var status = stat()
    status.st_ino = UInt(truncatingIfNeeded: inode.number)
    status.st_mode = mode.kind.formatBits | mode_t(mode.permissions)
    status.st_nlink = UInt(linkCount)
    status.st_uid = uid
    status.st_gid = gid
    status.st_rdev = UInt(rdev)
    let bytes = Int(clamping: size)
    status.st_size = bytes
    status.st_blksize = Self.preferredBlockBytes
    // 512-byte units whatever the block size; holes are not known without the chunk list.
    status.st_blocks = bytes / 512 + (bytes % 512 == 0 ? 0 : 1)
    status.st_atim = timespec(atime)
    status.st_mtim = timespec(mtime)
    status.st_ctim = timespec(ctime)
    return status
  }
}

extension timespec {
  init(_ time: Timestamp) {
    self.init(tv_sec: Int(time.seconds), tv_nsec: Int(time.nanoseconds))
  }
}

extension Timestamp {
  init(_ time: timespec) {
    self.init(seconds: Int64(time.tv_sec), nanoseconds: Int32(truncatingIfNeeded: time.tv_nsec))
  }
}
