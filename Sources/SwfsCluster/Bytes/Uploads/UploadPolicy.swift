import SwfsCore

/// Decides what follows an attempt to store a needle. A value: the caller does the I/O.
///
/// A needle whose upload failed may still be on some replica, so an attempt is never repeated under
/// the same file id.
struct UploadPolicy: Sendable {
  enum Outcome: Equatable {
    /// 201 or 204, with the size and checksum that were sent.
    case stored
    /// 201, but the server stored other bytes.
    case differs
    case status(Int, text: String)
    /// No connection, cut.
    case failed
    /// Connected, and silent.
    case stalled
  }

  enum Step: Equatable {
    case done
    /// Again with another id after a pause.
    case again(pauseSeconds: Double, blame: Blame)
    case fail(FSError.Code)
  }

  /// What to avoid for a while.
  enum Blame: Equatable { case token, volume, server }

  private(set) var attempts = 0
  /// Slow clusters get more time with each attempt.
  private(set) var stallSeconds: Double
  private var fullDisks = 0
  private var refusals = 0
  private var backoff = Backoff()

  /// After so many full disks in a row the cluster is full.
  static let fullDisksMax = 6
  /// A fresh token that is refused this often is not refused for its age.
  static let refusalsMax = 4
  static let stallSecondsMax = 30.0

  init(stallSeconds: Double) {
    self.stallSeconds = stallSeconds
  }

  /// - Parameter random: 0 ..< 1.
  mutating func judge(_ outcome: Outcome, random: Double) -> Step {
    attempts += 1
    switch outcome {
    case .stored:
      return .done
    case .failed:
      return again(.server, random)
    case .stalled:
      stallSeconds = min(stallSeconds * 2, Self.stallSecondsMax)
      return again(.server, random)
    case .differs:
      return again(.volume, random)
    case .status(401, _), .status(403, _):
      refusals += 1
      return refusals >= Self.refusalsMax ? .fail(.accessDenied) : again(.token, random)
    case .status(let status, let text) where status >= 500 || status == 499 || status == 429:
      if Self.isDiskFull(text) {
        fullDisks += 1
        if fullDisks >= Self.fullDisksMax { return .fail(.noSpace) }
      } else {
        fullDisks = 0
      }
      return again(.volume, random)
    case .status(404, _), .status(300..<400, _):
      // The volume has moved away since it was assigned.
      return again(.volume, random)
    case .status(400, let text) where text.contains("file over the limited"):
      return .fail(.fileTooLarge)
    case .status:
      return .fail(.remote)
    }
  }

  /// The first repetition comes at once: most failures are one server's.
  private mutating func again(_ blame: Blame, _ random: Double) -> Step {
    .again(pauseSeconds: attempts == 1 ? 0 : backoff.pause(random: random), blame: blame)
  }

  /// Volume servers tell only in words that a disk is full.
  private static func isDiskFull(_ text: String) -> Bool {
    let lower = text.lowercased()
    return lower.contains("no space left") || lower.contains("disk full")
      || lower.contains("disk is full") || lower.contains("not enough space")
  }
}
