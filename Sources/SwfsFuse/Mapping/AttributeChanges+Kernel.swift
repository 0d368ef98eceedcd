import CFuse
import Glibc
import SwfsCore
import SwfsFS

extension AttributeChanges {
  /// - Parameter mask: `FUSE_SET_ATTR_*`: which fields of `status` count.
  init(_ status: stat, mask: Int32) {
    self.init()
    func has(_ bit: Int32) -> Bool { mask & bit != 0 }
    if has(FUSE_SET_ATTR_MODE) { permissions = UInt16(truncatingIfNeeded: status.st_mode & 0o7777) }
    if has(FUSE_SET_ATTR_UID) { uid = status.st_uid }
    if has(FUSE_SET_ATTR_GID) { gid = status.st_gid }
    if has(FUSE_SET_ATTR_SIZE) { size = Int64(status.st_size) }
    if has(FUSE_SET_ATTR_ATIME_NOW) {
      atime = .now
    } else if has(FUSE_SET_ATTR_ATIME) {
      atime = .to(Timestamp(status.st_atim))
    }
    if has(FUSE_SET_ATTR_MTIME_NOW) {
      mtime = .now
    } else if has(FUSE_SET_ATTR_MTIME) {
      mtime = .to(Timestamp(status.st_mtim))
    }
    // Only sent with the kill-privileges capability, which `KernelFlags` leaves off: the kernel then
    // sends the new mode itself.
    dropSetID = has(FUSE_SET_ATTR_KILL_SUID) || has(FUSE_SET_ATTR_KILL_SGID)
  }
}
