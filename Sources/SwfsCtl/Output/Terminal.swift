import Glibc

/// Standard error, and the end of the process.
enum Terminal {
  /// One line on standard error.
  static func warn(_ line: String) { write("swfs-ctl: \(line)\n") }

  /// Text on standard error as it is.
  static func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      // Nobody reads: there is nobody to tell either.
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  static var errorsAreSeen: Bool { isatty(STDERR_FILENO) == 1 }

  static func exit(_ status: ExitStatus) -> Never { Glibc.exit(status.rawValue) }
}
