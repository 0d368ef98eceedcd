import Glibc

/// A mutex with a condition variable around a value: the one blocking primitive of the project.
///
/// FUSE requests are served by threads that may block, so waiting is a real wait and never goes
/// through the cooperative pool. Waits honour the deadline and the interrupt flag of the context.
/// Lock order is the caller's business; nothing here calls out while the lock is held, except the
/// closures given by the caller.
public final class Monitor<State>: @unchecked Sendable {
  // Safe: `state` is touched only under `mutex`; the pthread objects live as long as the class.
  private var state: State
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  public init(_ initial: State) {
    state = initial
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Runs the body under the lock.
  public func withLock<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state)
  }

  /// Runs the body under the lock, then wakes every waiter so that it looks again.
  public func update<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    return try body(&state)
  }

  /// Runs the body under the lock, then wakes one waiter: for queues, where any waiter will do.
  public func updateWakingOne<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_signal(condition)
      pthread_mutex_unlock(mutex)
    }
    return try body(&state)
  }

  /// Waits until the body returns a value; it runs under the lock, first at once and then after
  /// every `update`.
  ///
  /// - Throws: `interrupted` or `timedOut` from the context, or what the body throws.
  public func wait<R>(
    _ context: OperationContext, for what: @autoclosure () -> String,
    until body: (inout State) throws(FSError) -> R?
  ) throws(FSError) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = try body(&state) { return result }
      try context.check(what())
      timedWait(until: context.deadline.capped(secondsFromNow: OperationContext.waitSliceSeconds))
    }
  }

  /// Waits like `wait`, but only up to `deadline` and without a context: for background threads.
  /// Returns nil when the time is over.
  public func wait<R>(until deadline: Deadline, for body: (inout State) -> R?) -> R? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&state) { return result }
      if deadline.hasPassed { return nil }
      timedWait(until: deadline)
    }
  }

  private func timedWait(until deadline: Deadline) {
    // pthread takes seconds as a signed number: "never" becomes an hour, and the caller loops.
    let capped = deadline.capped(secondsFromNow: 3600).nanoseconds
    var time = timespec(
      tv_sec: Int(capped / 1_000_000_000), tv_nsec: Int(capped % 1_000_000_000))
    pthread_cond_timedwait(condition, mutex, &time)
  }
}
