import SwfsCore

/// Errors as one line for people: what failed, why, and what to do about it where that is known.
enum ErrorText {
  static func line(for error: FSError) -> String {
    error.causes.isEmpty
      ? error.message : error.message + " (" + error.causes.joined(separator: "; ") + ")"
  }
}
