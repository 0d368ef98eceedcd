import ArgumentParser
import SwfsCore

/// How `swfs-ctl backup` ends, on top of what every command may end with. Scripts depend on the
/// numbers.
enum BackupExit: Int32, CaseIterable {
  case success = 0
  case findings = 1
  case clusterDown = 2
  case failed = 3
  case noRepository = 10
  case locked = 11
  case wrongPassword = 12
  case damaged = 13
  case interrupted = 130

  var meaning: String {
    switch self {
    case .success: "done"
    case .findings:
      "done, but not everything: needles missing, files not restored, damage found by check"
    case .clusterDown: "the cluster does not answer"
    case .failed: "failed"
    case .noRepository: "no repository there, or no such snapshot"
    case .locked: "the repository is in use"
    case .wrongPassword: "wrong password, or no right to read"
    case .damaged: "the repository is damaged"
    case .interrupted: "interrupted by a signal"
    }
  }

  static var summary: String {
    allCases.map { "\($0.rawValue) \($0.meaning)" }.joined(separator: ", ")
  }

  init(_ error: FSError) {
    switch error.code {
    case .notFound: self = .noRepository
    case .busy: self = .locked
    case .accessDenied: self = .wrongPassword
    case .corrupt: self = .damaged
    case .interrupted: self = .interrupted
    case .unavailable, .timedOut: self = .clusterDown
    default: self = .failed
    }
  }

  /// Runs a command's body. Its errors become one line and an exit code.
  static func running(_ body: () throws -> BackupExit) throws {
    let status: BackupExit
    do { status = try body() } catch let error as FSError {
      // A wrong command line is everybody's business.
      if error.code == .invalidArgument { throw error }
      Terminal.warn(ErrorText.line(for: error))
      throw ExitCode(BackupExit(error).rawValue)
    }
    if status != .success { throw ExitCode(status.rawValue) }
  }
}
