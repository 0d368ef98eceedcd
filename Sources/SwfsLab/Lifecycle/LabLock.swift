import Glibc
import SwfsCore

/// Held by the one command that builds or removes something: a lab, or what labs share.
///
/// It is an abstract socket: it needs no file, and the kernel lets go of it when the command
/// ends in whatever way.
final class LabLock {
  private let fd: Int32

  /// Seconds to wait for another command.
  private static let waitSecondsMax = 180.0

  /// For the commands that build or remove a lab.
  convenience init(_ layout: LabLayout) throws(LabError) {
    try self.init(named: "\(layout.name)")
  }

  /// Waits for whoever holds the lock of that name.
  init(named name: String) throws(LabError) {
    fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard fd >= 0 else { throw Files.failure("cannot lock", name) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array("\0swfs-lab/\(name)".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
    let deadline = Deadline(secondsFromNow: Self.waitSecondsMax)
    while true {
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(fd, $0, length) }
      }
      if bound == 0 { return }
      guard errno == EADDRINUSE, !deadline.hasPassed else {
        throw LabError(
          "another swfs-lab up or down works on \(name) (\(String(cString: strerror(errno))))")
      }
      pause(seconds: 0.1)
    }
  }

  deinit { close(fd) }
}
