public import SwfsCore

/// The reply of a call as it arrives. Used by one thread at a time.
///
/// Letting it go cancels the call on the server (RST_STREAM), if it is not over and not one that is to
/// finish alone.
public final class GRPCStream: Sendable {
  public enum Part: Sendable {
    /// One or more whole messages, in order.
    case messages([[UInt8]])
    /// The server ended the stream with status OK.
    case end
  }

  private let call: HTTP2Call
  private let connection: HTTP2Connection
  private let started = Deadline.now

  init(_ call: HTTP2Call, on connection: HTTP2Connection) {
    self.call = call
    self.connection = connection
  }

  deinit { connection.cancel(call) }

  /// The next messages, waiting up to the context's deadline.
  ///
  /// - Throws: the status other than OK, or what broke.
  public func next(_ context: OperationContext) throws(GRPCError) -> Part {
    let part: Result<Part, GRPCError>
    do {
      part = try call.monitor.wait(context, for: "\(call.path)") {
        (progress: inout HTTP2Call.Progress) throws(FSError) -> Result<Part, GRPCError>? in
        Self.take(&progress)
      }
    } catch {
      if error.code == .interrupted {
        throw GRPCError(.interrupted, "\(call.path): interrupted")
      }
      connection.closeIfSilent(since: started)
      throw GRPCError(.noAnswer, "\(call.path): no answer in time")
    }
    if case .success(.messages) = part { connection.acknowledge(call) }
    return try part.get()
  }

  /// The next messages, or nil when none came until `deadline`. For streams that stay open.
  public func next(until deadline: Deadline) throws(GRPCError) -> Part? {
    let part = call.monitor.wait(until: deadline) { Self.take(&$0) }
    if case .success(.messages) = part { connection.acknowledge(call) }
    return try part?.get()
  }

  private static func take(_ progress: inout HTTP2Call.Progress) -> Result<Part, GRPCError>? {
    if !progress.messages.isEmpty {
      defer { progress.messages = [] }
      return .success(.messages(progress.messages))
    }
    switch progress.outcome {
    case nil: return nil
    case .status(let status) where status.code == .ok: return .success(.end)
    case .status(let status): return .failure(GRPCError(status))
    case .failed(let error): return .failure(error)
    }
  }
}
