import Foundation
import Glibc
import SwfsCore

/// A child process with plain signal handling: the test runner's threads block signals, and a shell
/// that inherits that waits for ever.
struct ChildProcess {
  let id: pid_t

  /// Starts a program (found on `PATH`); the three paths are opened for its standard streams.
  init(_ arguments: [String], input: String = "/dev/null", output: String, errors: String) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let writing = O_WRONLY | O_CREAT | O_APPEND
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, writing, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, writing, 0o600)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

    let strings = arguments.map { strdup($0) }
    let variables = Self.environment.map { strdup($0) }
    defer { for string in strings + variables { free(string) } }
    var process: pid_t = 0
    let failed = posix_spawnp(
      &process, arguments[0], &actions, &attributes, strings + [nil], variables + [nil])
    guard failed == 0 else {
      throw Command.Failure("cannot start \(arguments[0]): \(PosixError(failed))")
    }
    id = process
  }

  /// This process's environment, less what would configure a mount behind the test's back.
  private static let environment: [String] = ProcessInfo.processInfo.environment
    .filter { $0.key != "SWFS_POSTGRES" && $0.key != "SWFS_FILERS" }
    .map { "\($0.key)=\($0.value)" }

  /// Waits for the end.
  ///
  /// - Returns: the exit status, 128 + signal when one ended it, nil when the time is over.
  func wait(seconds: Double) -> Int32? {
    let deadline = Deadline(secondsFromNow: seconds)
    var status: Int32 = 0
    var slice = 0.001
    while true {
      if waitpid(id, &status, WNOHANG) == id {
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
      }
      if deadline.hasPassed { return nil }
      pause(seconds: slice)
      slice = min(slice * 1.5, 0.02)
    }
  }

  func signal(_ number: Int32) { kill(id, number) }
}
