import Glibc
import SwfsFS

extension OpenFlags {
  /// The flags of `open(2)` as the kernel passes them on.
  init(kernel flags: Int32) {
    var result: OpenFlags = []
    switch flags & O_ACCMODE {
    case O_RDONLY: result.insert(.read)
    case O_WRONLY: result.insert(.write)
    // 3 is O_RDWR for the purpose of permission checks.
    default: result.formUnion([.read, .write])
    }
    if flags & O_APPEND != 0 { result.insert(.append) }
    if flags & O_TRUNC != 0 { result.insert(.truncate) }
    if flags & O_EXCL != 0 { result.insert(.exclusive) }
    if flags & Self.directBit != 0 { result.insert(.direct) }
    // O_SYNC contains O_DSYNC.
    if flags & O_DSYNC != 0 { result.insert(.sync) }
    self = result
  }

  /// `O_DIRECT` is hidden without `_GNU_SOURCE`. The number differs on arm64.
  #if arch(arm64)
    private static let directBit: Int32 = 0o200000
  #else
    private static let directBit: Int32 = 0o40000
  #endif
}
