import Glibc
import SwfsCore

/// Another process, for what one process cannot do to itself: be killed, or hold fcntl locks.
final class ChildProcess {
  let pid: pid_t

  /// nil when the program cannot be started.
  init?(_ arguments: [String]) {
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var pid = pid_t()
    // Test threads may block signals, and children would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    guard posix_spawnp(&pid, arguments[0], nil, &attributes, &words, environ) == 0 else {
      return nil
    }
    self.pid = pid
  }

  static func perl(_ script: String, _ arguments: String...) -> ChildProcess? {
    ChildProcess(["perl", "-e", script] + arguments)
  }

  enum End: Equatable {
    case exited(Int32)
    case killed(Int32)
  }

  /// How it ended; nil when it still runs after that time (it is killed then).
  func wait(seconds: Double = 30) -> End? {
    let deadline = Deadline(secondsFromNow: seconds)
    var status: Int32 = 0
    while waitpid(pid, &status, WNOHANG) == 0 {
      if deadline.hasPassed {
        kill(pid, SIGKILL)
        return nil
      }
      pause(seconds: 0.01)
    }
    return status & 0x7f == 0 ? .exited((status >> 8) & 0xff) : .killed(status & 0x7f)
  }
}
