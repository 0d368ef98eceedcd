/// What went wrong, for every layer from the socket to the kernel reply.
///
/// The code decides the errno (`SwfsFS/Errors/FSError+Errno.swift`), the message and cause are for
/// people. Nothing in the product recognises an error by its text once it is an `FSError`.
public struct FSError: Error, Sendable {
  public let code: Code
  /// One line, without a trailing full stop: what was attempted and what the other side said.
  public let message: String
  /// The errors underneath, newest first, already rendered.
  public let causes: [String]

  public init(_ code: Code, _ message: String, causedBy cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    switch cause {
    case nil: causes = []
    case let error as FSError: causes = [error.summary] + error.causes
    case .some(let error): causes = [String(describing: error)]
    }
  }

  var summary: String { "\(code): \(message)" }

  public enum Code: String, Sendable, CaseIterable, Hashable {
    // Names
    case notFound, exists, notDirectory, isDirectory, notEmpty
    case nameTooLong, illegalSequence, tooManyLinks, crossDevice, loop
    // Arguments and rights
    case invalidArgument, badHandle, unsupported, notPermitted, accessDenied, readOnly
    case noData, outOfRange, argumentTooBig, noSuchOffset, fileTooLarge
    // Space
    case noSpace, quotaExceeded, outOfMemory
    // Concurrency
    case stale, wouldBlock, deadlock, interrupted, busy
    /// A guarded write found another entry than expected; the file system merges and repeats.
    case preconditionFailed
    // The cluster
    /// No server that could do it answers. Ports report it only after their own retries, failover
    /// and the call's deadline.
    case unavailable
    /// The call's deadline passed.
    case timedOut
    /// Bytes from the network or the database that make no sense.
    case corrupt
    /// A chunk that no replica has, or whose key we lack.
    case chunkMissing
    /// Anything else a server answered.
    case remote
  }
}

extension FSError: CustomStringConvertible {
  public var description: String {
    causes.isEmpty ? summary : summary + " (" + causes.joined(separator: "; ") + ")"
  }
}
