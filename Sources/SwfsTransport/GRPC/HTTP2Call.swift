import SwfsCore

/// One request and its reply on an HTTP/2 stream.
///
/// `monitor` is what waiters look at. Everything else belongs to the connection and is touched only
/// under the connection's lock. Lock order: connection, then monitor.
final class HTTP2Call: @unchecked Sendable {
  struct Progress {
    var messages: [[UInt8]] = []
    /// Set once, when the stream is over.
    var outcome: Outcome?
  }

  enum Outcome {
    case status(GRPCStatus)
    case failed(GRPCError)
  }

  let monitor = Monitor(Progress())
  let path: String
  let body: [UInt8]
  /// When nobody waits any more: false cancels the request on the server, true lets it finish there.
  let finishesAlone: Bool

  // Under the connection's lock.
  var streamID: Int32 = 0
  var bodyBytesSent = 0
  var decoder = GRPCMessageDecoder()
  var headers = ReplyHeaders()
  /// Bytes received for which the peer has not been given new window.
  var unacknowledgedBytes = 0

  init(path: String, message: [UInt8], finishesAlone: Bool = false) {
    self.path = path
    self.finishesAlone = finishesAlone
    body = GRPCMessageDecoder.encode(message)
  }

  /// Takes reply bytes. Returns how many bytes of window may be given back to the peer: none while
  /// whole messages wait for the consumer, so that a slow one bounds what is queued.
  func receive(_ bytes: UnsafeBufferPointer<UInt8>) throws(GRPCMessageDecoder.Failure) -> Int {
    var complete: [[UInt8]] = []
    try decoder.feed(bytes) { complete.append($0) }
    unacknowledgedBytes += bytes.count
    let isQueueEmpty = monitor.update { progress -> Bool in
      progress.messages.append(contentsOf: complete)
      return progress.messages.isEmpty
    }
    return isQueueEmpty ? takeUnacknowledged() : 0
  }

  func takeUnacknowledged() -> Int {
    defer { unacknowledgedBytes = 0 }
    return unacknowledgedBytes
  }

  /// Ends the call; only the first end counts.
  func finish(_ outcome: Outcome) {
    monitor.update { progress in
      if progress.outcome == nil { progress.outcome = outcome }
    }
  }
}
