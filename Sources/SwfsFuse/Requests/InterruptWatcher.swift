import SwfsCore

/// Decides which interrupted requests end, on a thread of its own.
///
/// The kernel reports only the first signal of a request, so a request that went on after a harmless
/// one is looked at again until it is done: a later SIGKILL must still end it.
final class InterruptWatcher: Sendable {
  /// A signal that is caught, and may be a time-out (SIGALRM) or a progress bar, ends only a call that
  /// lasts this long after it.
  static let patienceSeconds = 1.0
  static let intervalSeconds = 0.05

  private struct Watched: Sendable {
    let request: PendingRequest
    let since: UInt64
  }

  private struct State: Sendable {
    var watched: [Watched] = []
    var started = false
    var stopped = false
  }

  private let state = Monitor(State())

  /// Called from libfuse's interrupt hook: only notes the request.
  func watch(_ request: PendingRequest) {
    let start = state.update { state in
      state.watched.append(Watched(request: request, since: Deadline.now))
      defer { state.started = true }
      return !state.started && !state.stopped
    }
    if start { startThread("swfs-interrupts") { self.run() } }
  }

  func stop() { state.update { $0.stopped = true } }

  private func run() {
    while true {
      let batch: [Watched]? =
        state.wait(until: .never) { state in
          if state.stopped { return .some(nil) }
          return state.watched.isEmpty ? nil : .some(state.watched)
        } ?? nil
      guard let batch else { return }
      for watched in batch where !watched.request.isFinished {
        if Self.shouldEnd(watched) { watched.request.context.interrupt() }
      }
      state.withLock { state in
        state.watched.removeAll { $0.request.isFinished || $0.request.context.isInterrupted }
      }
      pause(seconds: Self.intervalSeconds)
    }
  }

  private static func shouldEnd(_ watched: Watched) -> Bool {
    let thread = watched.request.context.caller.pid
    // Gone, or in a namespace where nobody can be asked: take the kernel's word.
    guard let signals = CallerSignals.read(thread: thread) else { return true }
    switch signals.verdict {
    case .endCall: return true
    case .goOn: return false
    // Waiting for a lock is where programs use SIGALRM as a time-out, and EINTR is in the book.
    case .endCallIfItLasts:
      return watched.request.waitsForLock
        || Double(Deadline.now &- watched.since) > patienceSeconds * 1e9
    }
  }
}
