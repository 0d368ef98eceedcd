public import SwfsCore
internal import SwfsObserve

/// One moment of the whole namespace, read from `filemeta` in a read-only REPEATABLE READ transaction.
///
/// Whatever is asked of it, changes made after its first statement are not seen. Entries come as they
/// are in the table, with hard links replaced by their authoritative copy; expired entries are for the
/// caller to leave out. Memory does not grow with the table. It keeps the server from cleaning up rows
/// that are replaced meanwhile, so it should not be kept for days.
///
/// Not thread-safe: one connection, one reader. `close` or letting go ends the transaction.
public final class NamespaceSnapshot {
  let session: PostgresSession
  /// What the server says about the moment.
  public let moment: Moment
  private var cursors = 0

  /// When and where a snapshot was taken.
  public struct Moment: Sendable, Equatable {
    /// By the server's clock.
    public var time: Timestamp
    /// Position in the write-ahead log: the snapshot holds what was committed before, and maybe a
    /// little more. Empty when the role may not ask.
    public var walPosition: String
    /// Rows in the table by the planner's statistics; -1 when it was never analysed.
    public var estimatedRows: Int64
    public var tableBytes: Int64
    public var host: String
  }

  /// Rows that one round trip brings.
  static let rowsPerFetch = 2000

  /// Connects and takes the snapshot.
  ///
  /// - Throws: `unavailable` (no connection, no table, no right to read it), `unsupported` for tables
  ///   of another store; `timedOut`.
  public init(
    _ settings: PostgresSettings, _ context: OperationContext = .background(seconds: 60)
  ) throws(FSError) {
    session = try PostgresSession(settings)
    try session.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", [], [], context) { _ in }
    // A scan of everything takes as long as it takes, and its reader may pause.
    for setting in [
      "statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "jit = off",
      "cursor_tuple_fraction = 1", "work_mem = '64MB'",
    ] {
      try session.run("SET LOCAL \(setting)", [], [], context) { _ in }
    }
    var structure: Result<TableStructure, FSError>?
    try session.run(TableStructure.statement, [], context) { row in
      structure = PostgresNames.decode { () throws(FSError) in try TableStructure(row) }
    }
    guard let structure else {
      throw FSError(.unavailable, "Postgres does not tell about its database")
    }
    _ = try structure.get()
    moment = try Self.moment(session, context)
  }

  private static func moment(
    _ session: PostgresSession, _ context: OperationContext
  ) throws(FSError) -> Moment {
    let row = try session.rows(
      """
      SELECT floor(extract(epoch FROM clock_timestamp()))::bigint::text,
        (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
          ELSE pg_current_wal_lsn() END)::text,
        (SELECT reltuples::bigint::text FROM pg_catalog.pg_class
          WHERE oid = to_regclass('filemeta')),
        pg_table_size(to_regclass('filemeta'))::text
      """, context
    ).first
    func number(_ index: Int) -> Int64? {
      guard let row, index < row.count else { return nil }
      return row[index].flatMap { Int64($0) }
    }
    return Moment(
      time: Timestamp(seconds: number(0) ?? 0), walPosition: row?[1] ?? "",
      estimatedRows: number(2) ?? -1, tableBytes: number(3) ?? 0, host: session.host)
  }

  /// How the server should find the rows of a statement.
  enum Plan { case scan, index }

  /// The session may come with settings for listings, which price scans and sorts out.
  func use(_ plan: Plan, _ context: OperationContext) throws(FSError) {
    let state = plan == .scan ? "on" : "off"
    for kind in ["seqscan", "sort", "bitmapscan", "hashjoin", "mergejoin"] {
      try session.run("SET LOCAL enable_\(kind) = \(state)", [], [], context) { _ in }
    }
  }

  /// Reads through a cursor. Between batches other statements can run on the connection.
  ///
  /// - Parameter batchEnd: called after each batch, before the next one is asked for.
  func read(
    _ sql: String, _ types: [PostgresType] = [], _ parameters: [PostgresParameter] = [],
    _ context: OperationContext, _ body: (PostgresRow) throws(FSError) -> Void,
    batchEnd: () throws(FSError) -> Void
  ) throws(FSError) {
    cursors += 1
    let cursor = "swfs_cursor_\(cursors)"
    try session.run(
      "DECLARE \(cursor) NO SCROLL CURSOR FOR \(sql)", types, parameters, context
    ) { _ in }
    let fetch = PostgresStatement(
      name: "swfs_fetch_\(cursors)", sql: "FETCH \(Self.rowsPerFetch) FROM \(cursor)", types: [])
    while true {
      var count = 0
      var failure: FSError?
      try session.run(fetch, [], context) { row in
        count += 1
        guard failure == nil else { return }
        do throws(FSError) { try body(row) } catch { failure = error }
      }
      if let failure { throw failure }
      try batchEnd()
      if count < Self.rowsPerFetch { break }
    }
    try session.run("CLOSE \(cursor)", [], [], context) { _ in }
  }

  /// Asks something else of the same moment; see `PostgresSession.rows`.
  public func rows(_ sql: String, _ context: OperationContext) throws(FSError) -> [[String?]] {
    try use(.scan, context)
    return try session.rows(sql, context)
  }

  /// The bytes of key-value rows, by key; keys without a row are missing.
  ///
  /// - Throws: `unavailable`, `timedOut`.
  public func values(
    of keys: [[UInt8]], _ context: OperationContext
  ) throws(FSError) -> [[UInt8]: [UInt8]] {
    let rows = keys.map { KeyValueRow(key: $0) }
    var result: [[UInt8]: [UInt8]] = [:]
    try session.run(
      NameStatements.links,
      [
        .int8Array(rows.map(\.dirhash)), .textArray(rows.map(\.directory)),
        .textArray(rows.map(\.name)),
      ], context
    ) { row in
      guard let number = row.int8(0), number >= 1, number <= Int64(keys.count) else { return }
      result[keys[Int(number) - 1]] = [UInt8](row.bytes(1))
    }
    return result
  }
}
