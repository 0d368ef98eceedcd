import Glibc

/// Starts the process of a service with its log file and user.
struct ServiceProcess {
  let spec: ServiceSpec
  let layout: NodeLayout

  /// A log longer than this is set aside when its service starts again; one old log is kept.
  private static let logBytesMax = 32 << 20

  func start() throws(LabError) -> pid_t {
    let log = layout.log(spec.name)
    var details = stat()
    if stat(log, &details) == 0, details.st_size > Self.logBytesMax { rename(log, log + ".1") }
    let fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard fd >= 0 else { throw Files.failure("cannot open", log) }
    defer { close(fd) }
    var environment = spec.environment
    environment["TMPDIR"] = layout.temporary
    return try Spawn(
      command: command, environment: environment, workingDirectory: spec.workingDirectory,
      output: fd, errors: fd, newSession: true
    ).start()
  }

  private var command: [String] {
    guard let user = spec.user else { return spec.command }
    // setpriv replaces itself with the program, so the process stays the same one.
    return [
      "/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(user)", "--init-groups", "--",
    ] + spec.command
  }
}
