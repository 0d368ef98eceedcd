import SwfsCore
import SwfsObserve
import Synchronization

/// `EndpointHealth` shared by all threads, with a thread that probes suspects while there are any.
///
/// Thread-safe. The lock is never held during a probe.
final class HealthBoard: Sendable {
  private let state: Mutex<State>
  private let probe: @Sendable (_ server: String) -> Bool

  private struct State {
    var health = EndpointHealth()
    var isProbing = false
  }

  /// - Parameter probe: asks a server whether it serves; must return within a second or two.
  init(probe: @escaping @Sendable (_ server: String) -> Bool) {
    state = Mutex(State())
    self.probe = probe
  }

  func failed(_ server: String, _ reason: @autoclosure () -> String) {
    let (isNews, startsProbing) = state.withLock { state -> (Bool, Bool) in
      let isNews = state.health.failed(server, now: Deadline.now)
      let starts = !state.isProbing && !state.health.isAllWell
      if starts { state.isProbing = true }
      return (isNews, starts)
    }
    if isNews { Log.notice("volume server is put last server=\(server) reason=\"\(reason())\"") }
    if startsProbing { startThread("swfs-probe") { self.probeSuspects() } }
  }

  func succeeded(_ server: String) {
    let isNews = state.withLock { $0.health.isAllWell ? false : $0.health.succeeded(server) }
    if isNews { Log.notice("volume server is back server=\(server)") }
  }

  var isAllWell: Bool { state.withLock { $0.health.isAllWell } }
  func isSuspect(_ server: String) -> Bool { state.withLock { $0.health.isSuspect(server) } }
  func ordered(_ servers: [String]) -> [String] { state.withLock { $0.health.ordered(servers) } }

  private func probeSuspects() {
    while true {
      let due = state.withLock { state -> [String]? in
        let due = state.health.dueProbes(now: Deadline.now)
        if state.health.isAllWell {
          state.isProbing = false
          return nil
        }
        return due
      }
      guard let due else { return }
      for server in due where probe(server) { succeeded(server) }
      pause(seconds: EndpointHealth.probeIntervalSeconds / 5)
    }
  }
}
