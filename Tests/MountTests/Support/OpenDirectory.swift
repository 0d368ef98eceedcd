import Glibc

/// A directory stream.
final class OpenDirectory {
  private let stream: OpaquePointer

  init(_ path: String) throws {
    guard let stream = opendir(path) else { throw PosixError(errno) }
    self.stream = stream
  }

  deinit { closedir(stream) }

  /// The next name, nil at the end.
  func next() throws -> String? {
    errno = 0
    guard let entry = readdir(stream) else {
      if errno != 0 { throw PosixError(errno) }
      return nil
    }
    return withUnsafeBytes(of: entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// The next name with its inode number and `d_type`.
  func nextEntry() throws -> (name: String, inode: UInt64, type: UInt8)? {
    errno = 0
    guard let entry = readdir(stream) else {
      if errno != 0 { throw PosixError(errno) }
      return nil
    }
    let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return (name, UInt64(entry.pointee.d_ino), entry.pointee.d_type)
  }

  func readAll() throws -> [String] {
    var names: [String] = []
    while let name = try next() { names.append(name) }
    return names
  }

  var position: Int { telldir(stream) }

  func seek(_ position: Int) { seekdir(stream, position) }

  func rewind() { rewinddir(stream) }

  func sync() throws {
    let fd = dirfd(stream)
    try PosixError.check { fsync(fd) }
  }
}
