import Foundation
import Glibc
import SwfsCore
import Synchronization

/// A running `swfs-mount` on a temporary directory. Unmounted when the test process ends, or earlier
/// by `unmount`.
final class Mount: Sendable {
  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  let path: String
  let logPath: String
  let process: Int32
  private let isMounted = Mutex(true)

  private static let running = Mutex<[Mount]>([])

  /// Mounts `filerPath` and waits until the kernel shows it.
  init(
    filers: [String], filerPath: String = MountFixture.filerPath, options: [String] = [],
    withPostgres: Bool = true
  ) throws {
    try Self.makeFilerDirectory(filerPath)
    let base = NSTemporaryDirectory() + "/swfs-mount-tests-\(UUID().uuidString)"
    path = base + "/mnt"
    logPath = base + "/log"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    var arguments = [
      try Self.binary(), "--filer", filers.joined(separator: ","), "--filer-path", filerPath, "-f",
    ]
    if withPostgres, let postgres = MountFixture.postgres {
      arguments += ["--postgres", postgres]
    }
    arguments += options + [path]
    process = try Self.spawn(arguments, log: logPath)
    Self.running.withLock {
      if $0.isEmpty { atexit { Mount.unmountAll() } }
      $0.append(self)
    }
    try waitUntilReady()
  }

  /// Everything the mount has said.
  var log: String {
    (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
  }

  /// Ends the mount as `systemctl stop` does.
  ///
  /// - Returns: the exit status of the program; nil when it had to be killed.
  @discardableResult
  func unmount(seconds: Double = 60) -> Int32? {
    let wasMounted = isMounted.withLock { mounted in
      defer { mounted = false }
      return mounted
    }
    guard wasMounted else { return 0 }
    kill(process, SIGTERM)
    var status = wait(seconds: seconds)
    if status == nil {
      kill(process, SIGKILL)
      _ = wait(seconds: 10)
      umount2(path, Int32(MNT_DETACH))
      status = nil
    }
    if MountFixture.variable("SWFS_TEST_KEEP") == nil {
      // Only what is ours: an `rm -rf` could reach into a mount that did not go away.
      rmdir(path)
      unlink(logPath)
      rmdir((path as NSString).deletingLastPathComponent)
    }
    return status
  }

  private static func unmountAll() {
    for mount in running.withLock({ $0 }) { mount.unmount() }
  }

  private func wait(seconds: Double) -> Int32? {
    let deadline = Deadline(secondsFromNow: seconds)
    var status: Int32 = 0
    while !deadline.hasPassed {
      if waitpid(process, &status, WNOHANG) == process { return (status >> 8) & 0xff }
      pause(seconds: 0.02)
    }
    return nil
  }

  private func waitUntilReady() throws {
    let parent = try Posix.stat((path as NSString).deletingLastPathComponent).device
    let deadline = Deadline(secondsFromNow: 60)
    var status: Int32 = 0
    while !deadline.hasPassed {
      if let device = try? Posix.stat(path).device, device != parent { return }
      if waitpid(process, &status, WNOHANG) == process {
        isMounted.withLock { $0 = false }
        throw Failure("swfs-mount ended at once: \(log)")
      }
      pause(seconds: 0.02)
    }
    throw Failure("swfs-mount did not mount within a minute: \(log)")
  }

  private static func makeFilerDirectory(_ filerPath: String) throws {
    guard let filer = MountFixture.filers.first else {
      throw Failure("SWFS_TEST_FILERS is not set")
    }
    try Command.check(["curl", "-sSf", "-X", "POST", "http://\(filer)\(filerPath)/"])
  }

  private static func binary() throws -> String {
    if let path = MountFixture.variable("SWFS_TEST_MOUNT_BINARY") { return path }
    var directory = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<6 {
      let candidate = directory.appendingPathComponent("swfs-mount").path
      if access(candidate, X_OK) == 0 { return candidate }
      directory = directory.deletingLastPathComponent()
    }
    throw Failure("swfs-mount not found: set SWFS_TEST_MOUNT_BINARY")
  }

  private static func spawn(_ arguments: [String], log: String) throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    let strings = arguments.map { strdup($0) }
    defer { for string in strings { free(string) } }
    var process: pid_t = 0
    let failed = posix_spawn(&process, arguments[0], &actions, nil, strings + [nil], environ)
    guard failed == 0 else { throw Failure("cannot start \(arguments[0]): \(PosixError(failed))") }
    return process
  }
}
