import Glibc
import SwfsCore
import SwfsObserve

/// Where log lines go: a file, syslog, or where stderr points.
enum LogTarget {
  /// Opens the log file (again) and sends lines there.
  ///
  /// - Throws: `notFound` when it cannot be opened.
  static func use(file path: String) throws(FSError) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    guard file >= 0 else {
      throw FSError(.notFound, "cannot open the log file \(path): \(errorText(errno))")
    }
    // The number stays the same over reopening, so a line being written meanwhile goes to either.
    if dup2(file, 100) < 0 || fcntl(100, F_SETFD, FD_CLOEXEC) < 0 {
      Log.redirect(to: file)
      return
    }
    close(file)
    Log.redirect(to: 100)
  }

  /// For the background without a log file: syslog, or nowhere when there is none. The terminal is for
  /// the one line that says why a start failed.
  static func useSyslog() {
    let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    Log.redirect(to: connectToSyslog() ?? nowhere)
  }

  /// Lets go of the terminal, so that whoever waits for its end is not kept waiting.
  static func leaveTerminal() {
    let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    guard nowhere >= 0 else { return }
    dup2(nowhere, 2)
    close(nowhere)
  }

  /// A datagram is one message, and a log line is one write.
  private static func connectToSyslog() -> Int32? {
    let file = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
    guard file >= 0 else { return nil }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: "/dev/log".utf8) }
    let result = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result == 0 { return file }
    close(file)
    return nil
  }
}
