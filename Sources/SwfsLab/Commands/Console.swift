import Glibc

/// The terminal.
enum Console {
  /// A line on standard output, at once even when that is a pipe.
  static func say(_ line: String) { write(line, to: STDOUT_FILENO) }

  /// A line on standard error.
  static func warn(_ line: String) { write("swfs-lab: \(line)", to: STDERR_FILENO) }

  private static func write(_ line: String, to fd: Int32) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      // Nobody reads: there is nobody to tell either.
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }
}
