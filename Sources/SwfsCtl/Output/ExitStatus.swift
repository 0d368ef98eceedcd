import SwfsCore

/// How `swfs-ctl` ends. Scripts depend on the numbers: they never change. Thrown by a command that has
/// already said what there is to say.
enum ExitStatus: Int32, Error, CaseIterable, Sendable {
  /// Done, and everything is well.
  case success = 0
  /// Done, and the answer is "not quite": degraded, different, or problems found.
  case findings = 1
  /// What was asked about does not answer: the cluster is down.
  case down = 2
  /// Not done; one line on standard error says why.
  case failed = 3
  /// The command line is wrong (`EX_USAGE`).
  case usage = 64

  var meaning: String {
    switch self {
    case .success: "done, all well"
    case .findings: "done, with findings"
    case .down: "the cluster does not answer"
    case .failed: "failed"
    case .usage: "wrong command line"
    }
  }

  static var summary: String {
    allCases.map { "\($0.rawValue) \($0.meaning)" }.joined(separator: ", ")
  }

  init(_ error: FSError) {
    switch error.code {
    case .unavailable, .timedOut: self = .down
    case .invalidArgument: self = .usage
    default: self = .failed
    }
  }
}
