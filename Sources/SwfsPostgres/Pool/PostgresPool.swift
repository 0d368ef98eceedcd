internal import SwfsCore
internal import SwfsObserve

/// A bounded set of connections to whichever host serves.
///
/// Thread-safe. Connecting, name resolution included, happens on threads of its own, so a caller waits
/// no longer than its context allows whatever the network does.
public final class PostgresPool: Sendable {
  private let connector: PostgresConnector
  private let size: Int
  private let monitor = Monitor(State())
  public let description: String

  private struct State {
    var idle: [PostgresConnection] = []
    /// Connections that exist or are being made.
    var open = 0
    /// Raised by each failed attempt to connect, so that waiters learn of it.
    var failures = 0
    var lastFailure: FSError?
    var preferredHost = 0
    var isPlain = false
    var isClosed = false
  }

  /// - Parameter size: most connections at a time; further callers wait for one.
  public init(_ settings: PostgresSettings, size: Int = 8) {
    connector = PostgresConnector(settings: settings)
    self.size = max(size, 1)
    description = settings.description
  }

  deinit { close() }

  /// Closes idle connections and refuses further use; busy ones close when they are given back.
  public func close() {
    let closing = monitor.update { state -> [PostgresConnection] in
      state.isClosed = true
      state.open -= state.idle.count
      defer { state.idle = [] }
      return state.idle
    }
    // Closed here, outside the lock.
    _ = consume closing
  }

  /// A picture of the pool for status reports.
  public struct Health: Sendable, Equatable {
    public var open: Int
    public var idle: Int
    /// What the last failed connect said; nil after a successful one.
    public var lastFailure: String?
    /// A pooler that keeps no session state was met: no session settings, no prepared statements.
    public var isPlain: Bool
  }

  public var health: Health {
    monitor.withLock {
      Health(
        open: $0.open, idle: $0.idle.count, lastFailure: $0.lastFailure?.message,
        isPlain: $0.isPlain)
    }
  }

  /// Runs a read and folds its rows into a value.
  ///
  /// A connection that turns out to have died while idle costs a silent second attempt on a fresh
  /// one; the fold then starts again from `initial`.
  ///
  /// - Throws: `unavailable` when no host can be reached or the connection broke; `remote` for a
  ///   statement the server refused; `timedOut`, `interrupted`.
  func fold<R>(
    _ statement: PostgresStatement, _ parameters: [PostgresParameter], into initial: R,
    _ context: OperationContext, _ body: (inout R, PostgresRow) -> Void
  ) throws(FSError) -> R {
    var attempts = 0
    while true {
      attempts += 1
      let connection = try acquire(context)
      let wasUsed = connection.isUsed
      do throws(PostgresFailure) {
        var result = initial
        try connection.query(statement, parameters, context) { body(&result, $0) }
        release(connection)
        return result
      } catch {
        switch error {
        case .lost where wasUsed && attempts == 1:
          // Its siblings come from the same server: all suspect.
          discard(connection, andIdle: true)
        case .refused where error.isForgottenStatement && attempts <= 2:
          becomePlain()
          discard(connection, andIdle: true)
        case .refused:
          release(connection)
          throw error.error
        case .lost, .gaveUp:
          discard(connection, andIdle: false)
          throw error.error
        }
      }
    }
  }

  private enum Step {
    case use(PostgresConnection)
    case connect(firstHost: Int, plain: Bool)
  }

  private func acquire(_ context: OperationContext) throws(FSError) -> PostgresConnection {
    let failuresSeen = monitor.withLock { $0.failures }
    var hasStarted = false
    while true {
      try context.check("a Postgres connection")
      let step = try monitor.wait(context, for: "a free Postgres connection") {
        (state) throws(FSError) -> Step? in
        if state.isClosed { throw FSError(.unavailable, "the Postgres pool is closed") }
        while let connection = state.idle.popLast() {
          if connection.isAlive { return .use(connection) }
          state.open -= 1
        }
        if state.failures != failuresSeen, let failure = state.lastFailure { throw failure }
        guard !hasStarted, state.open < size else { return nil }
        state.open += 1
        return .connect(firstHost: state.preferredHost, plain: state.isPlain)
      }
      switch step {
      case .use(let connection): return connection
      case .connect(let firstHost, let plain):
        hasStarted = true
        // Not under the lock: when no thread can be had, the work is done right here.
        startThread("pg-connect") { [self] in connect(firstHost: firstHost, plain: plain) }
      }
    }
  }

  private func connect(firstHost: Int, plain: Bool) {
    do throws(FSError) {
      let success = try connector.connect(firstHost: firstHost, plain: plain)
      if success.isPlain && !plain { becomePlain() }
      monitor.update { state in
        state.preferredHost = success.host
        state.lastFailure = nil
        guard !state.isClosed else {
          state.open -= 1
          return
        }
        state.idle.append(success.connection)
      }
    } catch {
      monitor.update { state in
        state.open -= 1
        state.failures += 1
        state.lastFailure = error
      }
    }
  }

  private func release(_ connection: PostgresConnection) {
    monitor.update { state in
      if state.isClosed || (state.isPlain && !connection.isUnnamed) {
        state.open -= 1
      } else {
        state.idle.append(connection)
      }
    }
  }

  private func discard(_ connection: PostgresConnection, andIdle: Bool) {
    monitor.update { state in
      state.open -= 1
      guard andIdle else { return }
      state.open -= state.idle.count
      state.idle = []
    }
  }

  private func becomePlain() {
    let isNews = monitor.withLock { state in
      defer { state.isPlain = true }
      return !state.isPlain
    }
    guard isNews else { return }
    Log.warning(
      "a pooler without session state stands before Postgres (\(description)): statements are sent"
        + " unprepared and without planner settings; connect to Postgres itself for full speed")
  }
}
