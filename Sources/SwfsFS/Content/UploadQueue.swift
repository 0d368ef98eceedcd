import SwfsCore
import Synchronization

/// Background uploads: a bounded number of threads that take work in order and go away when idle.
final class UploadQueue: Sendable {
  private struct State {
    var work: [@Sendable () -> Void] = []
    var threads = 0
    var idle = 0
  }

  private let threadsMax: Int
  private let state = Monitor(State())
  private static let idleSeconds = 10.0

  init(threadsMax: Int) {
    self.threadsMax = max(1, threadsMax)
  }

  func add(_ body: @escaping @Sendable () -> Void) {
    let startsThread = state.update { state -> Bool in
      state.work.append(body)
      guard state.idle < state.work.count, state.threads < threadsMax else { return false }
      state.threads += 1
      return true
    }
    if startsThread { startThread("swfs-upload") { self.run() } }
  }

  private func run() {
    while let next = next() { next() }
  }

  /// The next piece of work; nil ends the thread.
  private func next() -> (@Sendable () -> Void)? {
    state.withLock { $0.idle += 1 }
    let found = state.wait(until: Deadline(secondsFromNow: Self.idleSeconds)) { state in
      state.work.isEmpty ? nil : state.work.removeFirst()
    }
    return state.withLock { state in
      state.idle -= 1
      if let found { return found }
      // Work may have come between the time-out and here.
      if !state.work.isEmpty { return state.work.removeFirst() }
      state.threads -= 1
      return nil
    }
  }
}
