internal import CCurl
public import SwfsCore
import Synchronization

/// HTTP/1.1 over kept connections, blocking in the calling thread.
///
/// Thread-safe. A connection belongs to one thread during a request, so there is no hand-off and no
/// event thread; replies go into the caller's buffer, bodies are sent from it. Cancels take effect
/// within `OperationContext.waitSliceSeconds`.
public final class HTTPClient: Sendable {
  private let options: HTTPOptions
  private let idle: Mutex<IdleConnections>

  /// libcurl's global state, set up once.
  private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  public init(_ options: HTTPOptions = HTTPOptions()) {
    self.options = options
    idle = Mutex(
      IdleConnections(
        perServerMax: options.idleConnectionsPerServerMax, totalMax: options.idleConnectionsMax))
  }

  /// Sends a request and waits for the whole reply.
  ///
  /// - Parameters:
  ///   - body: sent by PUT; must not change meanwhile.
  ///   - buffer: takes the body of a 2xx reply, at most its size; a longer one is an error.
  ///   - hedge: a second server to ask when the first keeps silent.
  /// - Returns: which server won, and its reply or why there is none. After an error the content of
  ///   `buffer` is undefined.
  public func perform(
    _ request: HTTPRequest,
    body: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
    into buffer: UnsafeMutableRawBufferPointer = UnsafeMutableRawBufferPointer(
      start: nil, count: 0), hedge: HTTPHedge? = nil, _ context: OperationContext
  ) -> HTTPOutcome {
    guard Self.isReady, let connection = take(request.server) else {
      return HTTPOutcome(
        isFromHedge: false, wasHedged: false,
        reply: .failure(HTTPError(.client, "libcurl cannot be set up")))
    }
    let outcome = connection.perform(
      request, body: body, into: buffer, hedge: hedge, context)
    // A handle whose request failed lost its connection; the handle itself is as good as new.
    put(connection, request.server)
    return outcome
  }

  /// Closes the kept connections of a server that is gone.
  public func forget(_ server: String) {
    // Destroyed outside the lock: closing may take a moment.
    let closed = idle.withLock { IdleConnections.Box($0.removeAll(of: server)) }
    _ = closed
  }

  private func take(_ server: String) -> Connection? {
    let kept = idle.withLock { IdleConnections.Box($0.take(server)) }
    return kept.connections.first ?? Connection(options)
  }

  private func put(_ connection: Connection, _ server: String) {
    let box = IdleConnections.Box([connection])
    let surplus = idle.withLock { IdleConnections.Box($0.put(box.connections, server)) }
    _ = surplus
  }
}
