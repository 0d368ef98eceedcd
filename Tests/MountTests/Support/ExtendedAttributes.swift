import CLinux
import Glibc

extension Posix {
  static let xattrCreate: Int32 = 1
  static let xattrReplace: Int32 = 2

  static func setXattr(
    _ path: String, _ name: String, _ value: [UInt8], flags: Int32 = 0
  ) throws {
    try PosixError.check { setxattr(path, name, value, value.count, flags) }
  }

  static func setXattr(_ path: String, _ name: String, _ value: String) throws {
    try setXattr(path, name, Array(value.utf8))
  }

  static func getXattr(_ path: String, _ name: String) throws -> [UInt8] {
    let size = try PosixError.check { getxattr(path, name, nil, 0) }
    var buffer = [UInt8](repeating: 0, count: size)
    let got = try buffer.withUnsafeMutableBytes { bytes in
      try PosixError.check { getxattr(path, name, bytes.baseAddress, bytes.count) }
    }
    return Array(buffer[..<got])
  }

  /// `getxattr` into a buffer of a given size.
  static func getXattr(_ path: String, _ name: String, room: Int) throws -> Int {
    var buffer = [UInt8](repeating: 0, count: max(room, 1))
    return try buffer.withUnsafeMutableBytes { bytes in
      try PosixError.check { getxattr(path, name, bytes.baseAddress, room) }
    }
  }

  static func listXattrs(_ path: String) throws -> Set<String> {
    let size = try PosixError.check { listxattr(path, nil, 0) }
    var buffer = [UInt8](repeating: 0, count: size)
    let got = try buffer.withUnsafeMutableBytes { bytes in
      let list = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      return try PosixError.check { listxattr(path, list, bytes.count) }
    }
    return Set(
      buffer[..<got].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        .filter { !$0.hasPrefix("security.") })
  }

  static func removeXattr(_ path: String, _ name: String) throws {
    try PosixError.check { removexattr(path, name) }
  }
}
