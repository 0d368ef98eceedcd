import CLinux
import Glibc
import SwfsCore

/// System calls by path, with errors that are thrown.
enum Posix {
  static func open(
    _ path: String, _ flags: Int32, _ mode: mode_t = 0o644
  ) throws -> OpenFile {
    OpenFile(try PosixError.check { Glibc.open(path, flags | O_CLOEXEC, mode) })
  }

  /// A new file; fails when it exists.
  static func create(_ path: String, _ mode: mode_t = 0o644) throws -> OpenFile {
    try open(path, O_RDWR | O_CREAT | O_EXCL, mode)
  }

  static func stat(_ path: String) throws -> FileStatus {
    var raw = Glibc.stat()
    try PosixError.check { fstatat(AT_FDCWD, path, &raw, 0) }
    return FileStatus(raw)
  }

  static func lstat(_ path: String) throws -> FileStatus {
    var raw = Glibc.stat()
    try PosixError.check { fstatat(AT_FDCWD, path, &raw, AT_SYMLINK_NOFOLLOW) }
    return FileStatus(raw)
  }

  static func exists(_ path: String) -> Bool {
    (try? lstat(path)) != nil
  }

  static func mkdir(_ path: String, _ mode: mode_t = 0o755) throws {
    try PosixError.check { Glibc.mkdir(path, mode) }
  }

  static func rmdir(_ path: String) throws {
    try PosixError.check { Glibc.rmdir(path) }
  }

  static func unlink(_ path: String) throws {
    try PosixError.check { Glibc.unlink(path) }
  }

  static func rename(_ old: String, _ new: String) throws {
    try PosixError.check { Glibc.rename(old, new) }
  }

  static func rename(_ old: String, _ new: String, flags: UInt32) throws {
    try PosixError.check { renameat2(AT_FDCWD, old, AT_FDCWD, new, flags) }
  }

  static func link(_ old: String, _ new: String) throws {
    try PosixError.check { Glibc.link(old, new) }
  }

  static func symlink(_ target: String, _ path: String) throws {
    try PosixError.check { Glibc.symlink(target, path) }
  }

  static func readlink(_ path: String) throws -> String {
    var buffer = [CChar](repeating: 0, count: 8192)
    let room = buffer.count
    let count = try PosixError.check { Glibc.readlink(path, &buffer, room) }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func mknod(_ path: String, _ mode: mode_t, _ device: dev_t = 0) throws {
    try PosixError.check { Glibc.mknod(path, mode, device) }
  }

  static func chmod(_ path: String, _ mode: mode_t) throws {
    try PosixError.check { Glibc.chmod(path, mode) }
  }

  static func chown(_ path: String, _ uid: uid_t, _ gid: gid_t) throws {
    try PosixError.check { Glibc.chown(path, uid, gid) }
  }

  static func lchown(_ path: String, _ uid: uid_t, _ gid: gid_t) throws {
    try PosixError.check { Glibc.lchown(path, uid, gid) }
  }

  static func truncate(_ path: String, _ size: Int) throws {
    try PosixError.check { Glibc.truncate(path, off_t(size)) }
  }

  static func access(_ path: String, _ mode: Int32) throws {
    try PosixError.check { Glibc.access(path, mode) }
  }

  /// Nanoseconds that stand for "now" and for "leave it".
  static let utimeNow = (1 << 30) - 1
  static let utimeOmit = (1 << 30) - 2

  static func utimens(
    _ path: String, atime: timespec, mtime: timespec, followLinks: Bool = true
  ) throws {
    let times = [atime, mtime]
    try PosixError.check {
      utimensat(AT_FDCWD, path, times, followLinks ? 0 : AT_SYMLINK_NOFOLLOW)
    }
  }

  static func space(_ path: String) throws -> statvfs {
    var raw = statvfs()
    try PosixError.check { statvfs(path, &raw) }
    return raw
  }

  /// Names in a directory without dots, in the order given.
  static func names(_ path: String) throws -> [String] {
    let directory = try OpenDirectory(path)
    return try directory.readAll().filter { $0 != "." && $0 != ".." }
  }

  // MARK: Whole files

  static func write(_ path: String, _ bytes: [UInt8]) throws {
    let file = try open(path, O_WRONLY | O_CREAT | O_TRUNC)
    try file.write(bytes)
    try file.close()
  }

  static func write(_ path: String, _ text: String) throws {
    try write(path, Array(text.utf8))
  }

  static func read(_ path: String) throws -> [UInt8] {
    try open(path, O_RDONLY).readToEnd()
  }

  static func readText(_ path: String) throws -> String {
    String(decoding: try read(path), as: UTF8.self)
  }
}
