internal import CLinux
import Glibc
import SwfsCore

/// Owner, mode, extended attributes and times of a restored file, in the order in which none undoes
/// another: chown drops set-id bits, everything else touches ctime only.
struct LocalAttributes {
  private let entry: Entry
  /// Only root gives files away.
  private let isRoot: Bool

  init(_ entry: Entry, isRoot: Bool) {
    self.entry = entry
    self.isRoot = isRoot
  }

  private static let prefix = "xattr-"

  private var names: [(name: String, value: [UInt8])] {
    entry.extended.filter { $0.key.hasPrefix(Self.prefix) }
      .map { (String($0.key.dropFirst(Self.prefix.count)), $0.value) }
      .sorted { $0.name < $1.name }
  }

  private var permissions: mode_t { mode_t(entry.attributes.mode.permissions) }

  private var times: [timespec] {
    let times = AttributeTimes(entry.attributes)
    return [times.atime, times.mtime].map {
      timespec(tv_sec: Int($0.seconds), tv_nsec: Int($0.nanoseconds))
    }
  }

  func apply(to file: Int32, _ path: String) throws(FSError) {
    if isRoot, fchown(file, entry.attributes.uid, entry.attributes.gid) != 0 {
      throw LocalFailure.error("set the owner of", path)
    }
    guard fchmod(file, permissions) == 0 else { throw LocalFailure.error("set the mode of", path) }
    for (name, value) in names where fsetxattr(file, name, value, value.count, 0) != 0 {
      throw LocalFailure.error("set attribute \(name) of", path)
    }
    guard futimens(file, times) == 0 else { throw LocalFailure.error("set the times of", path) }
  }

  func applyToSymlink(_ path: String) throws(FSError) {
    if isRoot, lchown(path, entry.attributes.uid, entry.attributes.gid) != 0 {
      throw LocalFailure.error("set the owner of", path)
    }
    try setNames(path)
    guard utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw LocalFailure.error("set the times of", path)
    }
  }

  func applyToSpecial(_ path: String) throws(FSError) {
    if isRoot, lchown(path, entry.attributes.uid, entry.attributes.gid) != 0 {
      throw LocalFailure.error("set the owner of", path)
    }
    guard chmod(path, permissions) == 0 else { throw LocalFailure.error("set the mode of", path) }
    try setNames(path)
    guard utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw LocalFailure.error("set the times of", path)
    }
  }

  private func setNames(_ path: String) throws(FSError) {
    for (name, value) in names where lsetxattr(path, name, value, value.count, 0) != 0 {
      throw LocalFailure.error("set attribute \(name) of", path)
    }
  }
}
