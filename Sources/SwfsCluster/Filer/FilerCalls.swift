import SwfsCore
import SwfsObserve
import SwfsProto
public import SwfsTransport
import SwiftProtobuf

/// The filers of a cluster as one: typed calls with failover. Shared by everything that asks them.
///
/// Thread-safe.
public final class FilerCalls: Sendable {
  public let identity: ClientIdentity
  let pool: EndpointPool

  /// - Parameter addresses: at least one; the first is preferred until it fails.
  public init(_ addresses: [ServerAddress], tls: TLSContext? = nil, identity: ClientIdentity) {
    self.identity = identity
    pool = EndpointPool("filer", addresses, tls: tls) { channel, context in
      FilerCalls.answersFromStore(channel, context)
    }
  }

  /// Filers that are up now, as far as is known.
  public var upAddresses: [ServerAddress] { pool.up }

  /// Ends all connections.
  public func close() { pool.close() }

  /// How one reply is judged.
  enum Verdict<Answer> {
    case answer(Answer)
    case refuse(FSError.Code, String)
    /// Something behind the filer failed: repeat.
    case outage(String)
  }

  /// A unary call with attempts on every filer until the context ends.
  ///
  /// - Parameters:
  ///   - uncertain: set when an attempt without a clear answer may have been carried out.
  ///   - onStatus: judges a status; defaults to the general table.
  func unary<Request: Message, Reply: Message, Answer>(
    _ method: FilerMethod, _ request: Request, _ context: OperationContext,
    uncertain: inout Bool,
    onStatus: (GRPCStatus) -> FSError.Code? = { FilerRefusal.code($0) },
    _ judge: (Reply) -> Verdict<Answer>
  ) throws(FSError) -> Answer {
    let bytes = try encode(request, method)
    var mayHaveHappened = uncertain
    defer { uncertain = mayHaveHappened }
    return try pool.call(method.callClass, method.name, context) { channel, attempt in
      let reply: [UInt8]
      do throws(GRPCError) {
        reply = try channel.unary(
          method.path, bytes, finishesAlone: method.isWrite, attempt)
      } catch {
        if let failure: EndpointPool.Attempt<Answer> = .transport(error, method.callClass) {
          mayHaveHappened = mayHaveHappened || error.mayHaveHappened
          return failure
        }
        guard case .status(let status) = error.kind else { return .failed(.outage, "\(error)") }
        if let code = onStatus(status) { return .refused(FSError(code, status.message)) }
        mayHaveHappened = true
        return .failed(.outage, "\(status)")
      }
      guard let message = try? Reply(serializedBytes: reply) else {
        // An answer that cannot be read is no answer; another filer may give a better one.
        mayHaveHappened = true
        return .failed(.outage, "\(method.name): the reply does not decode")
      }
      switch judge(message) {
      case .answer(let answer): return .answer(answer)
      case .refuse(let code, let text): return .refused(FSError(code, text))
      case .outage(let text):
        mayHaveHappened = true
        return .failed(.outage, text)
      }
    }
  }

  /// The same for calls that may be repeated without a second thought.
  func unary<Request: Message, Reply: Message, Answer>(
    _ method: FilerMethod, _ request: Request, _ context: OperationContext,
    onStatus: (GRPCStatus) -> FSError.Code? = { FilerRefusal.code($0) },
    _ judge: (Reply) -> Verdict<Answer>
  ) throws(FSError) -> Answer {
    var uncertain = false
    return try unary(
      method, request, context, uncertain: &uncertain, onStatus: onStatus, judge)
  }

  func encode(_ request: some Message, _ method: FilerMethod) throws(FSError) -> [UInt8] {
    do { return try request.serializedBytes() } catch {
      throw FSError(
        .invalidArgument, "\(method.name): the request does not encode", causedBy: error)
    }
  }

  /// Whether a filer answers a question that its database has to answer. A healthy port in front of a
  /// hung database is of no use.
  static func answersFromStore(_ channel: GRPCChannel, _ context: OperationContext) -> Bool {
    var request = FilerPb_LookupDirectoryEntryRequest()
    request.directory = "/"
    request.name = ".swfs-probe"
    guard let bytes: [UInt8] = try? request.serializedBytes() else { return false }
    do {
      _ = try channel.unary(FilerMethod.lookup.path, bytes, context)
      return true
    } catch {
      if case .status = error.kind { return true }
      return false
    }
  }
}
