internal import SwfsCore

/// A bounded set of threads for fetching ahead. They start when there is work and end when idle.
///
/// Thread-safe. Jobs run in the order they came; each must end by itself in bounded time.
final class FetchPool: Sendable {
  private struct State {
    /// Jobs from `first` on wait; what lies before has been taken.
    var jobs: [@Sendable () -> Void] = []
    var first = 0
    var threads = 0
    var idle = 0

    var waiting: Int { jobs.count - first }

    mutating func take() -> (@Sendable () -> Void)? {
      guard first < jobs.count else { return nil }
      let job = jobs[first]
      first += 1
      if first == jobs.count {
        jobs.removeAll(keepingCapacity: true)
        first = 0
      }
      return job
    }
  }

  private let threadsMax: Int
  private let jobsMax: Int
  private let idleSeconds: Double
  private let state = Monitor(State())

  init(threadsMax: Int, jobsMax: Int, idleSeconds: Double) {
    self.threadsMax = max(threadsMax, 1)
    self.jobsMax = jobsMax
    self.idleSeconds = idleSeconds
  }

  /// Threads that exist right now.
  var threads: Int { state.withLock { $0.threads } }

  /// Queues a job. Returns false when too many wait already.
  func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
    enum Result { case refused, queued, needsThread }
    let result = state.updateWakingOne { state -> Result in
      guard state.waiting < jobsMax else { return .refused }
      state.jobs.append(job)
      guard state.idle < state.waiting, state.threads < threadsMax else { return .queued }
      state.threads += 1
      return .needsThread
    }
    if result == .needsThread { startThread("swfs-fetch") { self.work() } }
    return result != .refused
  }

  private func work() {
    while let job = nextJob() { job() }
  }

  /// Waits for a job; nil after the idle time, and the thread has then been counted out.
  private func nextJob() -> (@Sendable () -> Void)? {
    if let job = state.withLock({ $0.take() }) { return job }
    state.withLock { $0.idle += 1 }
    let job = state.wait(until: Deadline(secondsFromNow: idleSeconds)) { $0.take() }
    return state.withLock { state in
      state.idle -= 1
      // A job may have come between the end of the wait and here.
      if let job = job ?? state.take() { return job }
      state.threads -= 1
      return nil
    }
  }
}
