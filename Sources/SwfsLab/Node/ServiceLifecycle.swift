import Glibc

/// Decides when a service is started. A value: the supervisor starts processes and reports back.
///
/// Times are nanoseconds of the monotonic clock.
struct ServiceLifecycle: Sendable {
  enum Action: Sendable, Equatable {
    case start
    case wait(until: UInt64)
    /// Nothing to do until something is reported or asked for.
    case idle
  }

  let policy: RestartPolicy
  private(set) var isWanted = false
  private(set) var pid: pid_t?
  private(set) var isPaused = false
  /// Starts after the first one since it was last asked for.
  private(set) var restarts = 0
  private(set) var lastExit: String?
  private(set) var startedAt: UInt64 = 0
  private var lives = 0
  private var quickDeaths = 0
  private var notBefore: UInt64 = 0

  init(policy: RestartPolicy) { self.policy = policy }

  func next(now: UInt64) -> Action {
    guard isWanted, pid == nil else { return .idle }
    return now >= notBefore ? .start : .wait(until: notBefore)
  }

  /// Asked for by a person: starts at once, whatever happened before.
  mutating func want() {
    guard !isWanted else { return }
    isWanted = true
    (lives, restarts, quickDeaths, notBefore) = (0, 0, 0, 0)
  }

  /// Whoever calls this also ends the process; it stays down then.
  mutating func unwant() { isWanted = false }

  mutating func started(pid: pid_t, now: UInt64) {
    self.pid = pid
    startedAt = now
    isPaused = false
    if lives > 0 { restarts += 1 }
    lives += 1
  }

  mutating func paused(_ paused: Bool) { isPaused = paused && pid != nil }

  mutating func exited(_ how: String, now: UInt64) {
    let settled = Double(now - min(startedAt, now)) / 1e9 >= policy.settledSeconds
    pid = nil
    isPaused = false
    lastExit = how
    quickDeaths = settled ? 0 : quickDeaths + 1
    let delay = policy.delay(afterQuickDeaths: max(quickDeaths - 1, 0))
    notBefore = now + UInt64(delay * 1e9)
  }

  /// The program could not even be started: as good as an instant death.
  mutating func failedToStart(_ reason: String, now: UInt64) {
    startedAt = now
    lives += 1
    exited(reason, now: now)
  }

  var state: ServiceStatus.State {
    if pid != nil { return isPaused ? .paused : .running }
    return isWanted ? .restarting : .stopped
  }
}
