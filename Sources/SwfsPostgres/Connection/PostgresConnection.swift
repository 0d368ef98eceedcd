internal import CPostgres
import Glibc
internal import SwfsCore
internal import SwfsObserve

/// One libpq connection, driven without blocking calls so that deadlines and interrupts are honoured.
///
/// Used by one thread at a time; the pool hands it over under its lock.
final class PostgresConnection: @unchecked Sendable {
  // Safe: libpq allows a connection to move between threads as long as uses do not overlap.
  private let raw: OpaquePointer
  private var prepared: Set<String> = []
  /// Whether statements are parsed anew each time, for poolers that lose prepared ones.
  let isUnnamed: Bool
  /// Whether it has served a statement before: then a loss says nothing about the server of today.
  private(set) var isUsed = false

  private init(_ raw: OpaquePointer, isUnnamed: Bool) {
    self.raw = raw
    self.isUnnamed = isUnnamed
  }

  deinit { PQfinish(raw) }

  /// `PQconnectStartParams`: only nil when memory is exhausted. Name resolution blocks.
  static func start(_ keywords: [String: String]) -> OpaquePointer? {
    var names: [UnsafePointer<CChar>?] = []
    var values: [UnsafePointer<CChar>?] = []
    for (name, value) in keywords {
      names.append(UnsafePointer(strdup(name)))
      values.append(UnsafePointer(strdup(value)))
    }
    defer {
      for copy in names + values { free(UnsafeMutableRawPointer(mutating: copy)) }
    }
    return PQconnectStartParams(names + [nil], values + [nil], 0)
  }

  /// Connects to one host and logs in.
  static func connect(
    _ keywords: [String: String], isUnnamed: Bool, _ context: OperationContext
  ) throws(PostgresFailure) -> PostgresConnection {
    guard let raw = start(keywords) else { throw .lost("out of memory") }
    let connection = PostgresConnection(raw, isUnnamed: isUnnamed)
    // libpq would print notices on stderr.
    PQsetNoticeProcessor(
      raw,
      { _, message in
        guard let message else { return }
        Log.debug("Postgres: " + String(cString: message).trimmedLine)
      }, nil)
    // As if the last poll had said "writing": that is how libpq wants to be begun.
    var state = PGRES_POLLING_WRITING
    while state != PGRES_POLLING_OK {
      if state == PGRES_POLLING_FAILED || PQstatus(raw) == CONNECTION_BAD {
        throw .lost(connection.message)
      }
      try connection.wait(
        readable: state == PGRES_POLLING_READING, writable: state == PGRES_POLLING_WRITING,
        context, "a Postgres login")
      state = PQconnectPoll(raw)
    }
    guard PQsetnonblocking(raw, 1) == 0 else { throw .lost(connection.message) }
    return connection
  }

  /// Whether it can be used again: no end of file or notice of shutdown has come meanwhile.
  var isAlive: Bool {
    guard PQstatus(raw) == CONNECTION_OK, PQtransactionStatus(raw) == PQTRANS_IDLE else {
      return false
    }
    guard SocketWait.isReadableNow(PQsocket(raw)) else { return true }
    return PQconsumeInput(raw) == 1 && PQstatus(raw) == CONNECTION_OK
      && !SocketWait.isReadableNow(PQsocket(raw))
  }

  /// Runs a statement and hands over each row as it arrives: memory does not grow with the result.
  func query(
    _ statement: PostgresStatement, _ parameters: [PostgresParameter],
    _ context: OperationContext, _ body: (PostgresRow) -> Void
  ) throws(PostgresFailure) {
    if !isUnnamed, !prepared.contains(statement.name) {
      let types = statement.types.map(\.rawValue)
      let sent = PQsendPrepare(raw, statement.name, statement.sql, Int32(types.count), types)
      guard sent == 1 else { throw .lost(message) }
      try receive(context) { _ in }
      prepared.insert(statement.name)
    }
    try send(statement, parameters)
    guard PQsetSingleRowMode(raw) == 1 else { throw .lost(message) }
    try receive(context, body)
    isUsed = true
  }

  private func send(
    _ statement: PostgresStatement, _ parameters: [PostgresParameter]
  ) throws(PostgresFailure) {
    var bytes: [UInt8] = []
    var ends: [Int] = []
    for parameter in parameters {
      parameter.append(to: &bytes)
      ends.append(bytes.count)
    }
    // An empty text must not become NULL, so the buffer has an address even when empty.
    bytes.append(0)
    let sent = bytes.withUnsafeBytes { buffer -> Int32 in
      let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      let starts = [0] + ends.dropLast()
      let values: [UnsafePointer<CChar>?] = zip(starts, ends).map { start, _ in
        base.map { $0 + start }
      }
      let lengths = zip(starts, ends).map { Int32(clamping: $1 - $0) }
      let formats = [Int32](repeating: 1, count: parameters.count)
      let count = Int32(parameters.count)
      guard isUnnamed else {
        return PQsendQueryPrepared(raw, statement.name, count, values, lengths, formats, 1)
      }
      let types = statement.types.map(\.rawValue)
      return PQsendQueryParams(raw, statement.sql, count, types, values, lengths, formats, 1)
    }
    guard sent == 1 else { throw .lost(message) }
  }

  /// Reads every result of what was sent, up to libpq's closing nil.
  private func receive(
    _ context: OperationContext, _ body: (PostgresRow) -> Void
  ) throws(PostgresFailure) {
    try flush(context)
    var failure: PostgresFailure?
    while true {
      while PQisBusy(raw) == 1 {
        try wait(readable: true, writable: false, context, "an answer from Postgres")
        guard PQconsumeInput(raw) == 1 else { throw failure ?? .lost(message) }
      }
      guard let result = PQgetResult(raw) else { break }
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK:
        for row in 0..<PQntuples(result) { body(PostgresRow(result: result, row: row)) }
      case PGRES_COMMAND_OK: break
      default:
        let field = PQresultErrorField(result, Int32(UInt8(ascii: "C")))
        failure = PostgresFailure(
          state: field.map { String(cString: $0) } ?? "",
          message: String(cString: PQresultErrorMessage(result)).trimmedLine)
      }
    }
    if PQstatus(raw) == CONNECTION_BAD { throw .lost(message) }
    if let failure { throw failure }
  }

  private func flush(_ context: OperationContext) throws(PostgresFailure) {
    while true {
      let state = PQflush(raw)
      if state == 0 { return }
      guard state == 1 else { throw .lost(message) }
      // The server may refuse to read before we take what it wants to say.
      try wait(readable: true, writable: true, context, "Postgres to take a statement")
      guard PQconsumeInput(raw) == 1 else { throw .lost(message) }
    }
  }

  private func wait(
    readable: Bool, writable: Bool, _ context: OperationContext, _ what: @autoclosure () -> String
  ) throws(PostgresFailure) {
    do {
      try SocketWait.until(
        PQsocket(raw), readable: readable, writable: writable, context, what())
    } catch {
      throw .gaveUp(error)
    }
  }

  private var message: String { String(cString: PQerrorMessage(raw)).trimmedLine }
}
