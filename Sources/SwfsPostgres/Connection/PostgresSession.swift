public import SwfsCore

/// One connection of its own, for tools: a few statements, results as text.
///
/// Not thread-safe.
public final class PostgresSession {
  let connection: PostgresConnection
  private let isPlain: Bool
  private var statements = 0
  /// The server it is connected to.
  public let host: String

  private init(_ connection: PostgresConnection, host: String) {
    self.connection = connection
    self.host = host
    isPlain = connection.isUnnamed
  }

  /// Connects to the first host of the settings that serves.
  ///
  /// - Throws: `unavailable` with what each host said.
  public convenience init(_ settings: PostgresSettings) throws(FSError) {
    let success = try PostgresConnector(settings: settings).connect(firstHost: 0, plain: false)
    self.init(success.connection, host: settings.hosts[success.host].description)
  }

  /// Connects to every host of the settings, primary or not, one after the other.
  public static func each(
    _ settings: PostgresSettings
  ) -> [(host: String, session: Result<PostgresSession, FSError>)] {
    settings.singleHosts.map { single in
      let host = single.hosts[0].description
      do throws(FSError) {
        return (host, .success(try PostgresSession(single)))
      } catch {
        return (host, .failure(error))
      }
    }
  }

  /// Runs a statement without parameters whose columns are all text; nil is NULL.
  ///
  /// - Throws: `unavailable`, `remote` with the server's words, `timedOut`.
  public func rows(_ sql: String, _ context: OperationContext) throws(FSError) -> [[String?]] {
    var result: [[String?]] = []
    try run(sql, [], [], context) { row in
      result.append((0..<row.columns).map { row.isNull($0) ? nil : row.text($0) })
    }
    return result
  }

  /// Runs a statement once.
  func run(
    _ sql: String, _ types: [PostgresType], _ parameters: [PostgresParameter],
    _ context: OperationContext, _ body: (PostgresRow) -> Void
  ) throws(FSError) {
    statements += 1
    let statement = PostgresStatement(name: "swfs_tool_\(statements)", sql: sql, types: types)
    try run(statement, parameters, context, body)
  }

  func run(
    _ statement: PostgresStatement, _ parameters: [PostgresParameter], _ context: OperationContext,
    _ body: (PostgresRow) -> Void
  ) throws(FSError) {
    do throws(PostgresFailure) {
      try connection.query(statement, parameters, context, body)
    } catch { throw error.error }
  }
}
