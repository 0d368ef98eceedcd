import SwfsCore

/// Rows that could not be read: reported on standard error, and they make the exit code 1. The other
/// rows are shown all the same.
struct DamagedRows {
  private(set) var count = 0

  /// At most this many are shown one by one.
  static let shownMax = 20

  mutating func add(_ error: FSError) {
    count += 1
    if count <= Self.shownMax { Terminal.warn(ErrorText.line(for: error)) }
  }

  /// - Throws: `findings` when there were any.
  func finish() throws(ExitStatus) {
    guard count > 0 else { return }
    if count > Self.shownMax { Terminal.warn("\(count) rows in all could not be read") }
    throw .findings
  }
}
