public import SwfsCore

/// Why there is no complete reply.
public struct HTTPError: Error, Sendable {
  public let kind: Kind
  public let message: String

  public enum Kind: Sendable, Equatable {
    /// No connection: refused, unreachable, name unknown, handshake not in time.
    case connect
    /// Connected, then nothing moved for the stall time.
    case stalled
    /// The connection broke before the reply was complete.
    case cut
    /// The reply is longer than the caller's buffer, or no HTTP.
    case malformed
    /// Certificates do not fit.
    case tls
    /// The caller's deadline passed, or it gave up.
    case deadline, interrupted
    /// libcurl could not even try (out of memory, bad URL).
    case client
  }

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The caller gave up; says nothing about the server.
  public var isCallersChoice: Bool { kind == .deadline || kind == .interrupted }

  public var asFSError: FSError {
    switch kind {
    case .connect, .stalled, .cut, .tls, .client: FSError(.unavailable, message)
    case .malformed: FSError(.corrupt, message)
    case .deadline: FSError(.timedOut, message)
    case .interrupted: FSError(.interrupted, message)
    }
  }
}
