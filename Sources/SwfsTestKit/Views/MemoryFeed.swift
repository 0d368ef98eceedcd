import SwfsCore

/// The event stream of one client: a queue and the thread that empties it.
final class MemoryFeed: Sendable {
  private let name: String
  private let state = Monitor(State())

  private struct State {
    var queue: [FeedMessage] = []
    var handler: (@Sendable (FeedMessage) -> Void)?
    var isRunning = false
    /// A broken stream loses events.
    var isBroken = false
    /// A held stream keeps them.
    var isHeld = false
    var isDelivering = false
  }

  init(name: String) { self.name = name }

  func start(_ handler: @escaping @Sendable (FeedMessage) -> Void) {
    let isFirst = state.update { state in
      guard !state.isRunning else { return false }
      state.handler = handler
      state.isRunning = true
      return true
    }
    if isFirst { startThread("memory-feed") { [self] in deliver() } }
  }

  func stop() {
    state.update {
      $0.isRunning = false
      $0.queue = []
    }
    _ = state.wait(until: Deadline(secondsFromNow: 60)) { $0.isDelivering ? nil : true }
    state.update { $0.handler = nil }
  }

  var isHealthy: Bool { state.withLock { $0.isRunning && !$0.isBroken } }

  func enqueue(_ events: [ChangeEvent]) {
    state.update { state in
      guard state.isRunning, !state.isBroken else { return }
      state.queue += events.map { .change($0) }
    }
  }

  func setBroken(_ isBroken: Bool) {
    state.update { state in
      guard state.isRunning, state.isBroken != isBroken else { return }
      state.isBroken = isBroken
      if isBroken { state.queue = [] }
      state.queue.append(isBroken ? .interrupted(filer: name) : .resumed(filer: name))
    }
  }

  func setHeld(_ isHeld: Bool) { state.update { $0.isHeld = isHeld } }

  /// Waits until nothing is left to deliver; a held stream has nothing to wait for.
  func drain(seconds: Double) -> Bool {
    state.wait(until: Deadline(secondsFromNow: seconds)) { state in
      let isIdle = state.queue.isEmpty || state.isHeld || !state.isRunning
      return isIdle && !state.isDelivering ? true : nil
    } ?? false
  }

  private func deliver() {
    while true {
      let next = state.wait(until: Deadline(secondsFromNow: 3600)) {
        state -> (FeedMessage?, (@Sendable (FeedMessage) -> Void)?)? in
        if !state.isRunning { return (nil, nil) }
        guard !state.isHeld, !state.queue.isEmpty else { return nil }
        state.isDelivering = true
        return (state.queue.removeFirst(), state.handler)
      }
      guard let next else { continue }
      guard let message = next.0 else { return }
      next.1?(message)
      state.update { $0.isDelivering = false }
    }
  }
}
