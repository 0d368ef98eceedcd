public import SwfsCore
internal import SwfsObserve

/// Names from SQL while it answers quickly, from the filers while it does not.
///
/// The first slow or failed query opens the breaker: that call itself and all that follow go to the
/// filers, and a background thread probes SQL until it serves again. `notFound` and a corrupt row are
/// answers, not failures. Both sources order names by bytes and page by "after this name", so a
/// listing may change sides between two pages.
///
/// Thread-safe.
public final class FailoverNames: NameSource {
  private let primary: any NameSource
  private let fallback: any NameSource
  private let probe: @Sendable (OperationContext) throws(FSError) -> Void
  private let slowSeconds: Double
  private let monitor = Monitor(State())

  private struct State {
    var breaker = CircuitBreaker()
    var isStopped = false
  }

  /// - Parameters:
  ///   - primary: SQL. It is tried for `slowSeconds` at most (somewhat more for long pages).
  ///   - probe: tells whether the primary is well; called on a thread of its own with a deadline.
  public init(
    primary: any NameSource, fallback: any NameSource, slowSeconds: Double = 0.8,
    probe: @escaping @Sendable (OperationContext) throws(FSError) -> Void
  ) {
    self.primary = primary
    self.fallback = fallback
    self.slowSeconds = slowSeconds
    self.probe = probe
    Metrics.postgresUp.set(1)
  }

  public convenience init(
    postgres: PostgresNames, fallback: any NameSource, slowSeconds: Double = 0.8
  ) {
    self.init(primary: postgres, fallback: fallback, slowSeconds: slowSeconds) {
      (context) throws(FSError) in try postgres.check(context)
    }
  }

  deinit { stop() }

  /// Ends probing. Calls still work afterwards, but a breaker that is open stays open.
  public func stop() {
    monitor.update { $0.isStopped = true }
  }

  /// Starts on the filers, probing SQL: for a check that failed at start.
  public func startOnFallback(because error: FSError) {
    recordFailure(error, of: "the check at start")
  }

  public var isOnPrimary: Bool { monitor.withLock { !$0.breaker.isOpen } }

  public func lookup(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry {
    try route(context, rows: 1, "lookup of \(path)") {
      (source, context) throws(FSError) in try source.lookup(path, context)
    }
  }

  public func list(
    _ directory: EntryPath, after: EntryName?, limit: Int, _ context: OperationContext
  ) throws(FSError) -> ListingPage {
    try route(context, rows: limit, "listing of \(directory)") {
      (source, context) throws(FSError) in
      try source.list(directory, after: after, limit: limit, context)
    }
  }

  public func list(
    many directories: [EntryPath], limitEach: Int, _ context: OperationContext
  ) throws(FSError) -> [ListingPage] {
    try route(context, rows: directories.count * 100, "listing of \(directories.count) directories")
    {
      (source, context) throws(FSError) in
      try source.list(many: directories, limitEach: limitEach, context)
    }
  }

  private func route<R>(
    _ context: OperationContext, rows: Int, _ what: @autoclosure () -> String,
    _ ask: (any NameSource, OperationContext) throws(FSError) -> R
  ) throws(FSError) -> R {
    var sliceSeconds = Self.fallbackSliceSeconds
    while true {
      if isOnPrimary {
        // A large page may take its time on a slow line: 20 µs a row.
        let budget = slowSeconds + Double(min(max(rows, 0), 50_000)) * 20e-6
        do throws(FSError) {
          return try ask(primary, context.attempt(seconds: budget))
        } catch {
          guard Self.isOutage(error) else { throw error }
          try context.check(what())
          recordFailure(error, of: what())
        }
      }
      do throws(FSError) {
        return try ask(fallback, context.attempt(seconds: sliceSeconds))
      } catch {
        // The filers wait for each other as long as they are let; meanwhile SQL may be well again.
        guard error.code == .timedOut || error.code == .unavailable else { throw error }
        if context.isInterrupted || context.deadline.hasPassed { throw error }
        try context.sleep(seconds: 0.05, what())
        sliceSeconds = min(sliceSeconds * 2, 1e6)
      }
    }
  }

  private static let fallbackSliceSeconds = 3.0

  /// Whether the error is about the source rather than about what was asked for.
  private static func isOutage(_ error: FSError) -> Bool {
    switch error.code {
    case .notFound, .corrupt, .interrupted: false
    default: true
    }
  }

  private func recordFailure(_ error: FSError, of what: String) {
    let opened = monitor.withLock { $0.breaker.recordFailure(at: Self.now) && !$0.isStopped }
    guard opened else { return }
    Metrics.postgresUp.set(0)
    Log.warning("names are read from the filers now: \(what) from Postgres failed: \(error)")
    startThread("pg-probe") { [weak self] in
      while let self, self.probeOnce() {}
    }
  }

  /// Waits for the next probe's time and makes it.
  ///
  /// - Returns: whether to go on.
  private func probeOnce() -> Bool {
    guard let wait = monitor.withLock({ $0.breaker.secondsToProbe(at: Self.now) }) else {
      return false
    }
    let stopped = monitor.wait(until: Deadline(secondsFromNow: wait)) { $0.isStopped ? true : nil }
    if stopped ?? false { return false }
    var isWell = true
    do throws(FSError) {
      try probe(.background(seconds: slowSeconds))
    } catch {
      isWell = false
      Log.debug("Postgres probe: \(error)")
    }
    monitor.withLock { $0.breaker.recordProbe(succeeded: isWell, at: Self.now) }
    guard isWell else { return true }
    Metrics.postgresUp.set(1)
    Log.notice("names are read from Postgres again")
    return false
  }

  private static var now: Double { Double(Deadline.now) / 1e9 }
}
