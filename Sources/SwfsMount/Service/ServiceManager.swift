import Glibc

/// What systemd is told (sd_notify): a datagram to `$NOTIFY_SOCKET`; nothing without one.
struct ServiceManager: Sendable {
  private let address: String?
  /// systemd wants a sign of life at least twice in this time; nil: it does not.
  let watchdogSeconds: Double?

  init() {
    address = getenv("NOTIFY_SOCKET").map { String(cString: $0) }
    let isOurs =
      getenv("WATCHDOG_PID").map { String(cString: $0) == "\(getpid())" } ?? true
    watchdogSeconds =
      isOurs
      ? getenv("WATCHDOG_USEC").flatMap { Double(String(cString: $0)) }.map { $0 / 1e6 } : nil
    // Children must not speak for us.
    unsetenv("NOTIFY_SOCKET")
  }

  func ready(_ status: String) { send("READY=1\nMAINPID=\(getpid())\nSTATUS=\(status)") }
  func stopping(_ status: String) { send("STOPPING=1\nSTATUS=\(status)") }
  func alive() { send("WATCHDOG=1") }
  /// More time to stop, while data is being stored.
  func extend(seconds: Double) { send("EXTEND_TIMEOUT_USEC=\(Int(seconds * 1e6))") }

  private func send(_ message: String) {
    guard let address, let first = address.utf8.first, address.utf8.count < 108 else { return }
    let socketFile = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
    guard socketFile >= 0 else { return }
    defer { close(socketFile) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { path in
      path.copyBytes(from: address.utf8)
      // `@name` is an abstract socket.
      if first == UInt8(ascii: "@") { path[0] = 0 }
    }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + address.utf8.count)
    withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        _ = sendto(
          socketFile, message, message.utf8.count, Int32(MSG_NOSIGNAL), generic, length)
      }
    }
  }
}
