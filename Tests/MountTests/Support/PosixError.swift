import Glibc

/// An errno as an error that tests can compare.
struct PosixError: Error, Equatable, CustomStringConvertible {
  let code: Int32

  init(_ code: Int32) { self.code = code }

  var description: String { "errno \(code): " + String(cString: strerror(code)) }

  /// The result of a call that says −1 on failure; starts again when a signal interrupted it.
  @discardableResult
  static func check<R: SignedInteger>(_ call: () -> R) throws -> R {
    while true {
      let result = call()
      if result != -1 { return result }
      if errno != EINTR { throw PosixError(errno) }
    }
  }
}
