internal import SwfsCore

/// Why a statement has no result, fine enough to decide what to do about it.
enum PostgresFailure: Error {
  /// The connection is gone or not to be trusted any more.
  case lost(String)
  /// The server refused the statement; the connection is good.
  case refused(state: String, message: String)
  /// The caller's time is over, or it was interrupted: the connection has an answer under way.
  case gaveUp(FSError)

  init(state: String, message: String) {
    // Administrator's shutdown, crash of another session, start-up: the server ends the session.
    if state.hasPrefix("57P0") || state.hasPrefix("08") {
      self = .lost(message)
    } else {
      self = .refused(state: state, message: message)
    }
  }

  /// PgBouncer in transaction mode: the statement was prepared on another server connection.
  var isForgottenStatement: Bool {
    if case .refused(let state, _) = self { return state == "26000" || state == "42P05" }
    return false
  }

  var error: FSError {
    switch self {
    case .lost(let message): FSError(.unavailable, "Postgres connection lost: " + message)
    case .refused(let state, let message): FSError(.remote, "Postgres: \(message) (\(state))")
    case .gaveUp(let error): error
    }
  }
}
