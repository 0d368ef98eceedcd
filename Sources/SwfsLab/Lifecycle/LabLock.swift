import Glibc
import SwfsCore

/// Held by the one command that builds or removes a lab.
///
/// It is an abstract socket: it needs no file, and the kernel lets go of it when the command
/// ends in whatever way.
final class LabLock {
  private let fd: Int32

  /// Seconds to wait for another command.
  private static let waitSecondsMax = 180.0

  init(_ layout: LabLayout) throws(LabError) {
    fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard fd >= 0 else { throw Files.failure("cannot lock", layout.state) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array("\0swfs-lab/\(layout.name)".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
    let deadline = Deadline(secondsFromNow: Self.waitSecondsMax)
    while true {
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(fd, $0, length) }
      }
      if bound == 0 { return }
      guard errno == EADDRINUSE, !deadline.hasPassed else {
        let reason = String(cString: strerror(errno))
        close(fd)
        throw LabError("another swfs-lab up or down works on lab \(layout.name) (\(reason))")
      }
      pause(seconds: 0.1)
    }
  }

  deinit { close(fd) }
}
