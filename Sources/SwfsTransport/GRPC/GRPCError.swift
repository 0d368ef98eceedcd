/// Why a call gave no usable answer.
public struct GRPCError: Error, Sendable {
  public enum Kind: Sendable, Equatable {
    /// The server answered with a status other than OK.
    case status(GRPCStatus)
    /// No connection could be made.
    case notConnected
    /// The connection or the stream broke while the call was under way.
    case connectionLost
    /// The context's deadline passed.
    case noAnswer
    /// The caller gave up.
    case interrupted
    /// Bytes that are not gRPC, or not one message where one was due.
    case malformedReply
  }

  public let kind: Kind
  public let message: String
  /// Whether the server may have carried out the request, so that a write has to be looked up before
  /// it is repeated. False only when the request certainly did not reach the server's code.
  public let mayHaveHappened: Bool

  public init(_ kind: Kind, _ message: String, mayHaveHappened: Bool = true) {
    self.kind = kind
    self.message = message
    self.mayHaveHappened = mayHaveHappened
  }

  init(_ status: GRPCStatus) {
    self.init(.status(status), status.description)
  }
}

extension GRPCError: CustomStringConvertible {
  public var description: String {
    if case .status = kind { return message }
    return "\(kind): \(message)"
  }
}
