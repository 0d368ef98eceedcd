import Glibc
import SwfsCore

/// Starts the mount in a process of its own and waits until it answers or has failed.
///
/// The process is this program again, not a fork of it: threads and locks of a half-started runtime
/// do not survive a fork.
enum Background {
  static func start(
    _ values: OptionValues, _ settings: MountSettings
  ) throws(StartFailure) -> ExitCode {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw StartFailure(.failed, "no pipe: \(errorText(errno))") }
    defer { close(ends[0]) }
    _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
    let process: pid_t
    do {
      defer { close(ends[1]) }
      process = try spawn(values, settings, status: ends[1])
    }
    return try wait(for: process, ends[0])
  }

  private static func spawn(
    _ values: OptionValues, _ settings: MountSettings, status: Int32
  ) throws(StartFailure) -> pid_t {
    var environment = inheritedEnvironment()
    environment.append("\(Program.statusVariable)=\(status)")
    if let conninfo = settings.postgres {
      // By the environment, which only this user can read; arguments are public.
      environment.append("SWFS_POSTGRES=\(conninfo)")
    }
    var arguments = (["swfs-mount"] + values.arguments()).map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A session of its own: the terminal's signals are not for the mount.
    posix_spawnattr_setflags(&attributes, Int16(setSessionFlag))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)

    var process = pid_t()
    let result = posix_spawn(
      &process, "/proc/self/exe", &actions, &attributes, &arguments, &variables)
    guard result == 0 else {
      throw StartFailure(.failed, "cannot start the mount: \(errorText(result))")
    }
    return process
  }

  /// `POSIX_SPAWN_SETSID`, which glibc shows only with `_GNU_SOURCE`.
  private static let setSessionFlag: Int32 = 0x80

  private static func inheritedEnvironment() -> [String] {
    var result: [String] = []
    var next = environ
    while let variable = next.pointee {
      let text = String(cString: variable)
      // Options have been read; they stand in the arguments now.
      if !text.hasPrefix("SWFS_") { result.append(text) }
      next += 1
    }
    return result
  }

  private static func wait(
    for process: pid_t, _ pipe: Int32
  ) throws(StartFailure) -> ExitCode {
    var reader = StatusReader()
    var text = ""
    var shown = 0
    var bytes = [UInt8](repeating: 0, count: 4096)
    while !reader.isReady && reader.failure == nil {
      let count = read(pipe, &bytes, bytes.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      text += String(decoding: bytes[..<count], as: UTF8.self)
      while let newline = text.firstIndex(of: "\n") {
        reader.take(text[..<newline])
        text = String(text[text.index(after: newline)...])
      }
      for warning in reader.warnings[shown...] { Program.report("swfs-mount: \(warning)") }
      shown = reader.warnings.count
    }
    if let failure = reader.failure { throw failure }
    if reader.isReady { return .success }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let how = status & 0x7f == 0 ? "status \((status >> 8) & 0xff)" : "signal \(status & 0x7f)"
    throw StartFailure(.failed, "the mount process ended before it was ready (\(how))")
  }
}
