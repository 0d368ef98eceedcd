import Foundation
import Glibc
import SwfsCore
import Synchronization

/// A running `swfs-mount` on a temporary directory. Unmounted when the test process ends, or earlier
/// by `unmount`.
final class Mount: Sendable {
  let path: String
  let logPath: String
  private let metricsPath: String
  private let child: ChildProcess
  /// Process id of the mount.
  var process: Int32 { child.id }
  private let isMounted = Mutex(true)

  private static let running = Mutex<[Mount]>([])

  /// Mounts `filerPath` and waits until the kernel shows it.
  init(
    filers: [String], filerPath: String = MountFixture.filerPath, options: [String] = [],
    withPostgres: Bool = true
  ) throws {
    try Self.makeFilerDirectory(filerPath)
    let base = Self.temporaryPath("swfs-mount-tests")
    path = base + "/mnt"
    logPath = base + "/log"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    metricsPath = base + "/metrics"
    var arguments = [
      try Self.binary(), "--filer", filers.joined(separator: ","), "--filer-path", filerPath, "-f",
      "--metrics", metricsPath,
    ]
    if withPostgres, let postgres = MountFixture.postgres {
      arguments += ["--postgres", postgres]
    }
    arguments += options + [path]
    child = try ChildProcess(arguments, output: logPath, errors: logPath)
    Self.running.withLock {
      if $0.isEmpty { atexit { Mount.unmountAll() } }
      $0.append(self)
    }
    try waitUntilReady()
    // A directory made through HTTP is the filer's own; ordinary users have to get through it.
    if options.isEmpty { try Posix.chmod(path, 0o755) }
  }

  /// A new path in the temporary directory, spelled as the kernel will show it.
  static func temporaryPath(_ name: String) -> String {
    FileManager.default.temporaryDirectory.path + "/\(name)-\(UUID().uuidString)"
  }

  /// The value of a metric, by name and labels as `/metrics` shows them; 0 when it is not there.
  func metric(_ name: String) throws -> Double {
    let text = try Command.check([
      "curl", "-sSf", "--unix-socket", metricsPath, "http://mount/metrics",
    ])
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
    return line.flatMap { Double($0.dropFirst(name.count + 1)) } ?? 0
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
    child.signal(SIGTERM)
    var status = child.wait(seconds: seconds)
    if status == nil {
      child.signal(SIGKILL)
      _ = child.wait(seconds: 10)
      umount2(path, Int32(MNT_DETACH))
      status = nil
    }
    if MountFixture.variable("SWFS_TEST_KEEP") == nil {
      // Only what is ours: an `rm -rf` could reach into a mount that did not go away.
      rmdir(path)
      unlink(logPath)
      unlink(metricsPath)
      rmdir((path as NSString).deletingLastPathComponent)
    }
    return status
  }

  private static func unmountAll() {
    for mount in running.withLock({ $0 }) { mount.unmount() }
  }

  private func waitUntilReady() throws {
    let parent = try Posix.stat((path as NSString).deletingLastPathComponent).device
    let deadline = Deadline(secondsFromNow: 60)
    while !deadline.hasPassed {
      if let device = try? Posix.stat(path).device, device != parent { return }
      if child.wait(seconds: 0) != nil {
        isMounted.withLock { $0 = false }
        throw Command.Failure("swfs-mount ended at once: \(log)")
      }
      pause(seconds: 0.02)
    }
    throw Command.Failure("swfs-mount did not mount within a minute: \(log)")
  }

  private static func makeFilerDirectory(_ filerPath: String) throws {
    guard let filer = MountFixture.filers.first else {
      throw Command.Failure("SWFS_TEST_FILERS is not set")
    }
    let url = "http://\(filer)\(filerPath)/"
    if try Command.run(["curl", "-sf", "-o", "/dev/null", url]).status == 0 { return }
    try Command.check(["curl", "-sSf", "-X", "POST", url])
  }

  private static func binary() throws -> String {
    if let path = MountFixture.variable("SWFS_TEST_MOUNT_BINARY") { return path }
    var directory = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<6 {
      let candidate = directory.appendingPathComponent("swfs-mount").path
      if access(candidate, X_OK) == 0 { return candidate }
      directory = directory.deletingLastPathComponent()
    }
    throw Command.Failure("swfs-mount not found: set SWFS_TEST_MOUNT_BINARY")
  }
}
