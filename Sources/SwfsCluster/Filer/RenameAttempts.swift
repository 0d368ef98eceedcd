import SwfsCore

/// Decides what to make of a rename's answers when some may have been lost. A value without I/O.
struct RenameAttempts {
  /// What an attempt brought.
  enum Outcome {
    case moved
    case refused(FSError)
    /// The filer may or may not have done it.
    case unclear(String)
  }

  /// What the two names show afterwards.
  enum Evidence {
    /// The file stands under its old name.
    case notMoved
    /// The file stands under its new name.
    case moved
    /// It is under neither.
    case gone
  }

  enum AfterOutcome {
    case done
    case fail(FSError)
    case look
  }

  enum AfterEvidence {
    case done
    case fail(FSError)
    case `repeat`
  }

  private var wasUnclear = false
  private var refusal: FSError?

  mutating func after(_ outcome: Outcome) -> AfterOutcome {
    switch outcome {
    case .moved: return .done
    case .unclear:
      wasUnclear = true
      refusal = nil
      return .look
    case .refused(let error):
      // "Not found" after an unclear attempt may be our own success, even a late one.
      guard wasUnclear, error.code == .notFound else { return .fail(error) }
      refusal = error
      return .look
    }
  }

  mutating func after(_ evidence: Evidence) -> AfterEvidence {
    switch evidence {
    case .moved: .done
    case .notMoved: .repeat
    case .gone: .fail(refusal ?? FSError(.notFound, "the file vanished while it was renamed"))
    }
  }
}
