import SwfsCore
import SwfsProto
import SwfsTransport

/// What a filer's words mean. Filers report most failures as text: this is the only place that reads it.
///
/// `nil` from each function means "no verdict on the request": the database or the masters behind the
/// filer failed, and the call is to be repeated.
enum FilerRefusal {
  /// The end of every text that says that a name is not there. A text that merely begins with
  /// `not found` is what a filer says when its database fails.
  static let notFoundText = "filer: no entry is found in filer store"

  static func isNotFound(_ text: String) -> Bool { text.hasSuffix(notFoundText) }

  /// A status, for calls without special texts.
  static func code(_ status: GRPCStatus) -> FSError.Code? {
    switch status.code {
    case .failedPrecondition: .preconditionFailed
    case .invalidArgument, .outOfRange: .invalidArgument
    case .permissionDenied, .unauthenticated: .accessDenied
    case .unimplemented: .unsupported
    case .dataLoss: .corrupt
    case .unknown: unknownCode(status.message)
    case .ok, .cancelled, .deadlineExceeded, .notFound, .alreadyExists, .resourceExhausted,
      .aborted, .internalError, .unavailable:
      nil
    }
  }

  private static func unknownCode(_ text: String) -> FSError.Code? {
    if isNotFound(text) { return .notFound }
    if isReadOnly(text) { return .readOnly }
    return nil
  }

  /// The answer to CreateEntry: a code when the filer gives one, otherwise a text.
  static func code(create error: FilerPb_FilerError, _ text: String) -> FSError.Code? {
    switch error {
    case .entryNameTooLong: .nameTooLong
    case .parentIsFile, .existingIsFile: .notDirectory
    case .existingIsDirectory: .isDirectory
    case .entryAlreadyExists: .exists
    case .preconditionFailed: .preconditionFailed
    case .ok, .UNRECOGNIZED: isReadOnly(text) ? .readOnly : nil
    }
  }

  /// The answer to DeleteEntry.
  static func code(delete text: String) -> FSError.Code? {
    if text.contains("fail to delete non-empty folder") { return .notEmpty }
    if isNotFound(text) { return .notFound }
    if isReadOnly(text) { return .readOnly }
    return nil
  }

  /// The status of a rename.
  static func code(rename status: GRPCStatus) -> FSError.Code? {
    let text = status.message
    guard status.code == .unknown else { return code(status) }
    if text.contains(notFoundText) { return .notFound }
    if text.hasSuffix("is not empty") { return .notEmpty }
    if text.hasSuffix("is not directory") { return .notDirectory }
    if text.contains("existing entry is a directory") { return .isDirectory }
    if text.contains("existing entry is a file") { return .notDirectory }
    if text.contains("can not move directory to a subdirectory of itself") {
      return .invalidArgument
    }
    // 4.48 cannot move a directory with a hard link inside: it asks for the link's record on the
    // connection that is still delivering the listing. EXDEV makes `mv` copy instead.
    if text.contains("setHardLink"), text.hasSuffix("bad connection") || text.hasSuffix("conn busy")
    {
      return .crossDevice
    }
    return isReadOnly(text) ? .readOnly : nil
  }

  /// The answer to AssignVolume. `noSpace` may be passing: a volume server that restarts.
  static func code(assign text: String) -> FSError.Code? {
    if text.contains("no writable volumes") || text.contains("no free volumes") {
      return .noSpace
    }
    return isReadOnly(text) ? .readOnly : nil
  }

  /// A path rule says so. A database whose leader has just stepped down speaks of a read-only
  /// transaction: that is an outage, to be waited out like any other.
  private static func isReadOnly(_ text: String) -> Bool {
    guard !text.contains("SQLSTATE"), !text.contains("read-only transaction") else { return false }
    return text.contains("read only") || text.contains("read-only")
  }
}
