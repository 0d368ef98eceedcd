import CLinux
import Glibc

/// A file descriptor that is closed with the object; `close` tells what it said.
final class OpenFile {
  private(set) var fd: Int32

  init(_ fd: Int32) { self.fd = fd }

  deinit { if fd >= 0 { Glibc.close(fd) } }

  func close() throws {
    let number = fd
    fd = -1
    if Glibc.close(number) != 0 { throw PosixError(errno) }
  }

  // MARK: Bytes

  /// Up to `count` bytes; fewer only at the end of the file.
  func read(_ count: Int, at offset: Int) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = try buffer.withUnsafeMutableBytes { bytes in
        try PosixError.check {
          pread(fd, bytes.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
        }
      }
      if got == 0 { break }
      done += got
    }
    return Array(buffer[..<done])
  }

  /// Up to `count` bytes from the file position, in one call.
  func read(_ count: Int) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let got = try buffer.withUnsafeMutableBytes { bytes in
      try PosixError.check { Glibc.read(fd, bytes.baseAddress, count) }
    }
    return Array(buffer[..<got])
  }

  func readToEnd() throws -> [UInt8] {
    var result: [UInt8] = []
    while true {
      let part = try read(1 << 20, at: result.count)
      if part.isEmpty { return result }
      result += part
    }
  }

  func write(_ bytes: [UInt8], at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      done += try bytes.withUnsafeBytes { buffer in
        try PosixError.check {
          pwrite(
            fd, buffer.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset + done))
        }
      }
    }
  }

  /// At the file position, or at the end with O_APPEND.
  func write(_ bytes: [UInt8]) throws {
    var done = 0
    while done < bytes.count {
      done += try bytes.withUnsafeBytes { buffer in
        try PosixError.check {
          Glibc.write(fd, buffer.baseAddress?.advanced(by: done), bytes.count - done)
        }
      }
    }
  }

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  func write(_ text: String, at offset: Int) throws {
    try write(Array(text.utf8), at: offset)
  }

  // MARK: The file

  func status() throws -> FileStatus {
    var raw = Glibc.stat()
    try PosixError.check { fstat(fd, &raw) }
    return FileStatus(raw)
  }

  func truncate(_ size: Int) throws {
    try PosixError.check { ftruncate(fd, off_t(size)) }
  }

  func chmod(_ mode: mode_t) throws { try PosixError.check { fchmod(fd, mode) } }

  func sync() throws { try PosixError.check { fsync(fd) } }

  func syncData() throws { try PosixError.check { fdatasync(fd) } }

  @discardableResult
  func seek(_ offset: Int, _ whence: Int32) throws -> Int {
    Int(try PosixError.check { lseek(fd, off_t(offset), whence) })
  }

  func allocate(mode: Int32, offset: Int, length: Int) throws {
    try PosixError.check { fallocate(fd, mode, off_t(offset), off_t(length)) }
  }

  func lock(_ operation: Int32) throws {
    try PosixError.check { flock(fd, operation) }
  }
}

/// `lseek` and `fallocate` values that Swift's view of glibc lacks.
enum Linux {
  static let seekData: Int32 = 3
  static let seekHole: Int32 = 4
  static let keepSize: Int32 = 1
  static let punchHole: Int32 = 2
  static let collapseRange: Int32 = 8
  static let zeroRange: Int32 = 16
  static let insertRange: Int32 = 32
  static let renameNoReplace: UInt32 = 1
  static let renameExchange: UInt32 = 2
  static let renameWhiteout: UInt32 = 4
  static let direct = Int32(SWFS_O_DIRECT)
  static let temporaryFile = Int32(SWFS_O_TMPFILE)
  static let openFileGetLock: Int32 = 36
  static let openFileSetLock: Int32 = 37
}
