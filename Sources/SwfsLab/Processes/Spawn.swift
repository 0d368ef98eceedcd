internal import CLinux
import Glibc

/// A process to start: everything explicit, nothing inherited but the namespaces.
struct Spawn {
  /// Program path (absolute, or looked up in PATH) and arguments.
  var command: [String]
  var environment: [String: String]
  var workingDirectory: String?
  /// Descriptors for standard input, output and error; nil is /dev/null.
  var input: Int32?
  var output: Int32?
  var errors: Int32?
  /// Away from the terminal and its signals.
  var newSession = false

  /// Starts it. Signals are at their defaults, and no descriptor beyond the three is passed on.
  func start() throws(LabError) -> pid_t {
    guard let program = command.first else { throw LabError("no program to start") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, source) in [(Int32(0), input), (1, output), (2, errors)] {
      if let source {
        posix_spawn_file_actions_adddup2(&actions, source, target)
      } else {
        posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
      }
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    if let workingDirectory {
      posix_spawn_file_actions_addchdir_np(&actions, workingDirectory)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    let session = newSession ? Self.setsid : 0
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | session)

    var pid = pid_t()
    let failed = Self.withCStrings(command) { arguments in
      Self.withCStrings(environment.map { "\($0.key)=\($0.value)" }) { variables in
        posix_spawnp(&pid, program, &actions, &attributes, arguments, variables)
      }
    }
    guard failed == 0 else {
      throw LabError("cannot start \(program): \(String(cString: strerror(failed)))")
    }
    return pid
  }

  /// `POSIX_SPAWN_SETSID`, which glibc shows only under _GNU_SOURCE.
  private static let setsid = Int16(0x80)

  private static func withCStrings<R>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
  ) -> R {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}

/// How a process ended.
enum ExitStatus: Sendable, Equatable, CustomStringConvertible {
  case exited(Int32)
  case killed(signal: Int32)

  /// From the status word of `waitpid`.
  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .killed(signal: signal)
  }

  var description: String {
    switch self {
    case .exited(let code): "exit \(code)"
    case .killed(let signal): "signal \(signal)"
    }
  }
}
