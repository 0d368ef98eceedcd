import Glibc

/// One line of `/proc/self/mountinfo`.
public struct MountRecord: Sendable, Equatable {
  /// `major:minor` of the file system: one number for all copies of a mount.
  public var device: String
  public var mountPoint: String
  /// Such as `fuse.swfs`.
  public var type: String
  public var source: String
}

/// The mounts of this process's namespace, read without touching any of them: a `stat` of a dead or
/// stalled mount would fail or hang.
public enum MountTable {
  /// The file to read; it also reports changes to `poll` (POLLPRI).
  public static let path = "/proc/self/mountinfo"

  /// - Returns: nil when the table cannot be read.
  public static func read() -> [MountRecord]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return read(file)
  }

  static func read(_ file: Int32) -> [MountRecord]? {
    guard lseek(file, 0, SEEK_SET) == 0 else { return nil }
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(file, &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      text += piece[..<count]
    }
    return parse(String(decoding: text, as: UTF8.self))
  }

  /// Lines that do not look as proc(5) says are left out.
  static func parse(_ text: String) -> [MountRecord] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ", omittingEmptySubsequences: false)
      guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"), fields.count > dash + 2
      else { return nil }
      return MountRecord(
        device: String(fields[2]), mountPoint: unescape(fields[4]),
        type: String(fields[dash + 1]), source: unescape(fields[dash + 2]))
    }
  }

  /// Blanks, tabs, newlines and backslashes are written as three octal digits.
  private static func unescape(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Substring(field).utf8
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let code = UInt8(String(Substring(digits)), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
