internal import SwfsCore
internal import SwfsObserve

/// Tries the hosts of a connection string one after the other, the last good one first.
struct PostgresConnector: Sendable {
  let settings: PostgresSettings

  struct Success {
    var connection: PostgresConnection
    var host: Int
    /// `options` was refused: a transaction pooler stands in between.
    var isPlain: Bool
  }

  /// - Throws: `unavailable`; the message tells what each host said (a wrong password too).
  func connect(firstHost: Int, plain: Bool) throws(FSError) -> Success {
    var reasons: [String] = []
    for secondRound in settings.needsSecondRound ? [false, true] : [false] {
      for index in order(from: firstHost) {
        let host = settings.hosts[index]
        var isPlain = plain
        while true {
          do throws(PostgresFailure) {
            let connection = try PostgresConnection.connect(
              settings.keywords(for: host, plain: isPlain, secondRound: secondRound),
              isUnnamed: isPlain, .background(seconds: settings.connectTimeoutSeconds))
            return Success(connection: connection, host: index, isPlain: isPlain)
          } catch {
            let reason = Self.reason(error)
            if !isPlain, Self.refusesOptions(reason) {
              isPlain = true
              continue
            }
            reasons.append("\(host.description): \(reason)")
            break
          }
        }
      }
    }
    throw FSError(.unavailable, "cannot connect to Postgres: " + reasons.joined(separator: "; "))
  }

  private func order(from first: Int) -> [Int] {
    let count = settings.hosts.count
    return (0..<count).map { ($0 + first) % count }
  }

  private static func reason(_ failure: PostgresFailure) -> String {
    switch failure {
    case .lost(let message), .refused(_, let message): message
    case .gaveUp(let error): error.message
    }
  }

  /// PgBouncer's words (`unsupported startup parameter: options`). A connection that was never made
  /// has no SQLSTATE to go by.
  private static func refusesOptions(_ message: String) -> Bool {
    var rest = Substring(message)
    let wanted = "unsupported startup parameter"
    while !rest.isEmpty {
      if rest.hasPrefix(wanted) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
