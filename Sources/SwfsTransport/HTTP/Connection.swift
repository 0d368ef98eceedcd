internal import CCurl
import SwfsCore

/// One kept connection: an easy handle in a multi handle of its own, driven by the thread that calls.
///
/// A multi handle rather than `curl_easy_perform`, because the latter looks at a cancel only about
/// once a second. Not thread-safe; the pool hands it to one thread at a time.
final class Connection {
  // Safe to move between threads: libcurl's handles are free of thread affinity, and the pool's lock
  // orders one owner after the other.
  private let multi: UnsafeMutableRawPointer
  private let primary: EasyHandle
  private let options: HTTPOptions

  init?(_ options: HTTPOptions) {
    guard let multi = curl_multi_init() else { return nil }
    guard let primary = EasyHandle(options) else {
      curl_multi_cleanup(multi)
      return nil
    }
    self.multi = multi
    self.primary = primary
    self.options = options
    swfs_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 2)
  }

  deinit {
    curl_multi_cleanup(multi)
  }

  /// One of the two requests of a hedged read.
  private struct Entrant {
    let handle: EasyHandle
    let stallSeconds: Double
    var isRunning = true
    var result: Result<HTTPReply, HTTPError>?
    var moved = 0
    var movedAt: UInt64
  }

  /// Runs a request, and its hedge when the server keeps silent, until one good reply is complete or
  /// none can come any more.
  func perform(
    _ request: HTTPRequest, body: UnsafeRawBufferPointer,
    into buffer: UnsafeMutableRawBufferPointer, hedge: HTTPHedge?, _ context: OperationContext
  ) -> HTTPOutcome {
    let race = hedge == nil ? nil : ReplySink.Race()
    var entrants: [Entrant] = []
    entrants.reserveCapacity(2)
    defer { for entrant in entrants where entrant.isRunning { stop(entrant.handle) } }

    func start(_ handle: EasyHandle, _ request: HTTPRequest) {
      handle.prepare(request, body: body, replyBytesMax: buffer.count)
      handle.sink.prepare(
        buffer: buffer, range: request.range, race: race, entrant: entrants.count)
      var entrant = Entrant(
        handle: handle, stallSeconds: request.stallSeconds, movedAt: Deadline.now)
      let code = curl_multi_add_handle(multi, handle.easy)
      if code != CURLM_OK {
        entrant.isRunning = false
        entrant.result = .failure(
          HTTPError(.client, "libcurl refuses the request: \(code.rawValue)"))
      }
      entrants.append(entrant)
    }

    func outcome(_ index: Int) -> HTTPOutcome {
      HTTPOutcome(
        isFromHedge: index == 1, wasHedged: entrants.count > 1,
        reply: entrants[index].result
          ?? .failure(HTTPError(.client, "the transfer ended without a result")))
    }

    start(primary, request)
    let startedAt = Deadline.now
    while true {
      var running: Int32 = 0
      let code = curl_multi_perform(multi, &running)
      if code != CURLM_OK {
        return HTTPOutcome(
          isFromHedge: false, wasHedged: false,
          reply: .failure(HTTPError(.client, "libcurl cannot go on: \(code.rawValue)")))
      }
      collectResults(&entrants)
      if let index = decided(entrants, race) { return outcome(index) }

      if let error = callersChoice(context, request) {
        return HTTPOutcome(
          isFromHedge: false, wasHedged: entrants.count > 1, reply: .failure(error))
      }
      let now = Deadline.now
      failStalled(&entrants, now)
      if let index = decided(entrants, race) { return outcome(index) }
      if let winner = race?.winner, entrants.count == 2, entrants[1 - winner].isRunning {
        stop(entrants[1 - winner].handle)
        entrants[1 - winner].isRunning = false
      }
      if let hedge, entrants.count == 1, race?.winner == nil, primary.sink.bytesReceived == 0,
        now &- startedAt > UInt64(max(0, hedge.afterSeconds) * 1e9),
        let second = EasyHandle(options)
      {
        start(second, hedge.request)
        continue
      }
      var ready: Int32 = 0
      let slice = min(OperationContext.waitSliceSeconds, context.deadline.secondsLeft)
      curl_multi_poll(multi, nil, 0, Int32((slice * 1000).rounded(.up)), &ready)
    }
  }

  /// The entrant whose result stands: a good one, or the last when all have failed. The first
  /// server's failure does not wait for a hedge that was never sent.
  private func decided(_ entrants: [Entrant], _ race: ReplySink.Race?) -> Int? {
    for (index, entrant) in entrants.enumerated() {
      if case .success(let reply) = entrant.result, reply.isSuccess { return index }
    }
    guard !entrants.contains(where: \.isRunning) else { return nil }
    if let winner = race?.winner, winner < entrants.count { return winner }
    return entrants.count - 1
  }

  private func collectResults(_ entrants: inout [Entrant]) {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE else { continue }
      let code = swfs_curl_message_result(message)
      for index in entrants.indices
      where entrants[index].isRunning && entrants[index].handle.easy == message.pointee.easy_handle
      {
        stop(entrants[index].handle)
        entrants[index].isRunning = false
        entrants[index].result = result(code, entrants[index].handle.sink)
      }
    }
  }

  private func result(_ code: CURLcode, _ sink: ReplySink) -> Result<HTTPReply, HTTPError> {
    let reply = sink.finish()
    if code == CURLE_OK || (code == CURLE_WRITE_ERROR && sink.isFilledEarly) {
      guard reply.status != 0 else { return .failure(HTTPError(.malformed, "no HTTP reply")) }
      return .success(reply)
    }
    if sink.isTooLong {
      return .failure(HTTPError(.malformed, "the reply is longer than what was asked for"))
    }
    let text = curl_easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
    return .failure(HTTPError(Self.kind(code, sink), text))
  }

  private static func kind(_ code: CURLcode, _ sink: ReplySink) -> HTTPError.Kind {
    switch code {
    case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: .connect
    case CURLE_OPERATION_TIMEDOUT: sink.bytesReceived == 0 ? .connect : .stalled
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CIPHER:
      .tls
    case CURLE_OUT_OF_MEMORY, CURLE_URL_MALFORMAT, CURLE_FAILED_INIT, CURLE_BAD_FUNCTION_ARGUMENT,
      CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN:
      .client
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_HTTP_RETURNED_ERROR:
      .malformed
    default: .cut
    }
  }

  private func callersChoice(_ context: OperationContext, _ request: HTTPRequest) -> HTTPError? {
    if context.isInterrupted {
      return HTTPError(.interrupted, "interrupted while \(request.server) was asked")
    }
    if context.deadline.hasPassed {
      return HTTPError(.deadline, "deadline passed while \(request.server) was asked")
    }
    return nil
  }

  /// Ends transfers in which nothing has moved for their stall time.
  private func failStalled(_ entrants: inout [Entrant], _ now: UInt64) {
    for index in entrants.indices where entrants[index].isRunning {
      let entrant = entrants[index]
      // The counters are only worth reading when it begins to look like a stall.
      guard now &- entrant.movedAt > 250_000_000 else { continue }
      let moved = entrant.handle.sink.bytesReceived &+ entrant.handle.bytesSent
      if moved != entrant.moved {
        entrants[index].moved = moved
        entrants[index].movedAt = now
      } else if now &- entrant.movedAt > UInt64(entrant.stallSeconds * 1e9) {
        stop(entrant.handle)
        entrants[index].isRunning = false
        entrants[index].result = .failure(
          HTTPError(.stalled, "nothing moved for \(entrant.stallSeconds) s"))
      }
    }
  }

  /// Takes a handle out; a transfer still in flight loses its connection.
  private func stop(_ handle: EasyHandle) {
    curl_multi_remove_handle(multi, handle.easy)
  }
}
