import Glibc

/// How a mount in the background tells the command that started it what became of the start.
///
/// Lines: `W text` (a warning for the user), `E code text` (failed), `R` (the mount answers).
struct StatusPipe: Sendable {
  private let descriptor: Int32?

  init(_ descriptor: Int32?) { self.descriptor = descriptor }

  /// The pipe that the starting process has left open for us; nil when there is none.
  static func inherited() -> StatusPipe? {
    guard let text = getenv(Program.statusVariable).map({ String(cString: $0) }),
      let descriptor = Int32(text), fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
    else { return nil }
    unsetenv(Program.statusVariable)
    return StatusPipe(descriptor)
  }

  var isInBackground: Bool { descriptor != nil }

  func warning(_ text: String) {
    if descriptor == nil {
      Program.report("swfs-mount: \(text)")
    } else {
      send("W \(text)")
    }
  }

  func failed(_ failure: StartFailure) { send("E \(failure.code.rawValue) \(failure.message)") }

  /// The mount answers. Nothing can be sent after this.
  func ready() {
    send("R")
    if let descriptor { close(descriptor) }
  }

  private func send(_ line: String) {
    guard let descriptor else { return }
    let text = line.split(separator: "\n").joined(separator: " ") + "\n"
    // The starter may have been killed: then nobody wants to know.
    _ = write(descriptor, text, text.utf8.count)
  }
}

/// What the lines say, seen from the starting process.
struct StatusReader {
  private(set) var warnings: [String] = []
  private(set) var failure: StartFailure?
  private(set) var isReady = false

  mutating func take(_ line: Substring) {
    let body = line.dropFirst(2)
    switch line.first {
    case "R": isReady = true
    case "W": warnings.append(String(body))
    case "E":
      let parts = body.split(separator: " ", maxSplits: 1)
      let code = parts.first.flatMap { Int32($0) }.flatMap(ExitCode.init(rawValue:)) ?? .failed
      failure = StartFailure(code, parts.count > 1 ? String(parts[1]) : "failed")
    default: break
    }
  }
}
