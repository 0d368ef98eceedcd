import Glibc
import SwfsCore

/// A file small enough to be read in one go.
enum SmallFile {
  static let bytesMax = 1 << 20

  /// - Throws: `invalidArgument` naming the file and the reason.
  static func read(_ path: String, bytesMax: Int = bytesMax) throws(FSError) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure(path) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count <= bytesMax {
      let count = Glibc.read(file, &part, part.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure(path) }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(contentsOf: part[..<count])
    }
    throw FSError(.invalidArgument, "\(path) has more than \(bytesMax) bytes")
  }

  private static func failure(_ path: String) -> FSError {
    FSError(.invalidArgument, "cannot read \(path): \(String(cString: strerror(errno)))")
  }
}
