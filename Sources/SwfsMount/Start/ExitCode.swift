/// How `swfs-mount` ends. Scripts depend on the numbers: they never change.
enum ExitCode: Int32, Sendable, CaseIterable {
  case success = 0
  /// Something else went wrong; the message says what.
  case failed = 1
  /// Unknown option, bad value, bad configuration file.
  case usage = 2
  /// No `/dev/fuse`, or not allowed to mount.
  case noFuse = 3
  /// The mount point is missing, not a directory, busy or not empty.
  case badMountPoint = 4
  /// No filer answers.
  case noFiler = 5
  /// The filer path is not there or is not a directory.
  case badFilerPath = 6
  /// Unmounted, but written data could not be stored.
  case dataLeft = 7

  var meaning: String {
    switch self {
    case .success: "mounted (or unmounted cleanly)"
    case .failed: "failed"
    case .usage: "wrong usage"
    case .noFuse: "no FUSE here"
    case .badMountPoint: "mount point unusable"
    case .noFiler: "no filer answers"
    case .badFilerPath: "filer path unusable"
    case .dataLeft: "unmounted with data not stored"
    }
  }

  static var summary: String {
    allCases.map { "\($0.rawValue) \($0.meaning)" }.joined(separator: ", ") + "."
  }

  /// What mount(8) expects of its helpers: 1 for usage, 32 for a mount that failed.
  var forMountHelper: Int32 {
    switch self {
    case .success: 0
    case .usage: 1
    default: 32
    }
  }
}

/// The end of a start: one line for the user, and the exit code.
struct StartFailure: Error, Sendable {
  var code: ExitCode
  var message: String

  /// The user has been told already.
  private(set) var isReported = false

  var reported: StartFailure {
    var copy = self
    copy.isReported = true
    return copy
  }

  init(_ code: ExitCode, _ message: String) {
    self.code = code
    self.message = message
  }
}
