import Glibc
import SwfsCore
import SwfsFS
import SwfsFuse
import SwfsObserve

/// One mount from its first check to its end.
final class MountService {
  /// How long copies of the mount in other name spaces may live on when nobody uses them.
  static let orphanSeconds = 2.0

  private let settings: MountSettings
  private let status: StatusPipe
  private let manager = ServiceManager()
  private let events = MountEvents()

  init(_ settings: MountSettings, status: StatusPipe) {
    self.settings = settings
    self.status = status
  }

  /// Mounts, serves, and returns after the end.
  ///
  /// - Throws: `StartFailure` when it could not be mounted; nothing is left behind then.
  func run() throws(StartFailure) -> ExitCode {
    MountEvents.holdSignals()
    Log.level = settings.logLevel
    let logFile = settings.text("log-file")
    if !logFile.isEmpty {
      do { try LogTarget.use(file: logFile) } catch { throw StartFailure(.failed, error.message) }
    } else if status.isInBackground {
      LogTarget.useSyslog()
    }
    let mountPoint = try MountPointCheck.run(
      settings.mountPoint, create: settings.flag("create-mountpoint"),
      allowsNonempty: settings.flag("nonempty"))
    let parts = try Wiring.connect(settings) { self.status.warning($0) }
    let notifications = KernelNotificationQueue()
    let session = FuseSession(
      parts.fileSystem, options: settings.fuseOptions(), notifications: notifications)
    do {
      try session.mount(at: mountPoint)
    } catch {
      parts.stop()
      throw StartFailure(.noFuse, error.message)
    }
    parts.start(notifications)
    session.start()
    let code = try serve(session, parts, logFile)
    removePidFile()
    return code
  }

  private func serve(
    _ session: FuseSession, _ parts: MountParts, _ logFile: String
  ) throws(StartFailure) -> ExitCode {
    let metrics: MetricsServer?
    do throws(StartFailure) {
      try checkAnswers(session.mountPoint)
      metrics = try startMetrics(session, parts)
      try writePidFile()
    } catch {
      session.unmount()
      _ = session.waitUntilEnded(seconds: 5)
      session.close()
      parts.stop()
      throw error
    }
    defer { metrics?.removeSocket() }
    events.watchSignals()
    if let device = session.device { events.watchMount(device: device) }
    Log.notice("mounted mountpoint=\(session.mountPoint) source=\(settings.fuseOptions().source)")
    status.ready()
    if status.isInBackground {
      chdir("/")
      LogTarget.leaveTerminal()
    }
    manager.ready("mounted at \(session.mountPoint)")
    return waitForTheEnd(session, parts, logFile)
  }

  /// The command succeeds only when the mount answers.
  private func checkAnswers(_ mountPoint: String) throws(StartFailure) {
    let answer = MountPointCheck.patiently(seconds: settings.seconds("deadline") + 5) {
      () -> Int32 in
      var root = stat()
      return stat(mountPoint, &root) == 0 ? 0 : errno
    }
    switch answer {
    case 0: return
    case nil: throw StartFailure(.failed, "the mount does not answer")
    case let failure?:
      throw StartFailure(.failed, "the mount does not answer: \(errorText(failure))")
    }
  }

  private func startMetrics(
    _ session: FuseSession, _ parts: MountParts
  ) throws(StartFailure) -> MetricsServer? {
    let address = settings.text("metrics")
    if address.isEmpty { return nil }
    do {
      let server = try MetricsServer(
        address, isHealthy: { !session.hasEnded }, refresh: { parts.refreshGauges() })
      server.start()
      return server
    } catch {
      throw StartFailure(.usage, "--metrics: \(error.message)")
    }
  }

  private func waitForTheEnd(
    _ session: FuseSession, _ parts: MountParts, _ logFile: String
  ) -> ExitCode {
    let interval = min(manager.watchdogSeconds.map { $0 / 3 } ?? 60, 60)
    while true {
      let event = events.next(seconds: session.hasEnded ? 0 : min(interval, 1))
      switch event {
      case .signal(SIGHUP) where !logFile.isEmpty:
        do {
          try LogTarget.use(file: logFile)
          Log.notice("log file opened anew")
        } catch {
          Log.error("the old log file stays: \(error.message)")
        }
      case .signal(let signal):
        Log.notice("stopping signal=\(signal)")
        return Unmounting(settings, manager, events, session, parts).onRequest()
      case .unmounted:
        Log.notice("unmounted mountpoint=\(session.mountPoint)")
        return Unmounting(settings, manager, events, session, parts).afterUnmount()
      case nil:
        if session.hasEnded {
          return Unmounting(settings, manager, events, session, parts).afterUnmount()
        }
        if manager.watchdogSeconds != nil { manager.alive() }
      }
    }
  }

  private func writePidFile() throws(StartFailure) {
    let path = settings.text("pid-file")
    if path.isEmpty { return }
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else {
      throw StartFailure(.failed, "cannot write \(path): \(errorText(errno))")
    }
    defer { close(file) }
    let text = "\(getpid())\n"
    _ = write(file, text, text.utf8.count)
  }

  private func removePidFile() {
    if !settings.text("pid-file").isEmpty { unlink(settings.text("pid-file")) }
  }
}
