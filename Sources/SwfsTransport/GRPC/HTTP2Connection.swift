internal import CNghttp2
import Glibc
import SwfsCore

/// One HTTP/2 connection: callers write their requests under a lock, one thread reads.
///
/// The socket never blocks; what it does not take now is sent by the reader when it can. Whatever goes
/// wrong ends the connection and every call on it; the channel then makes a new one.
final class HTTP2Connection: @unchecked Sendable {
  // Safe: every `var` is touched only under `lock`. nghttp2 calls back inside calls made under it.
  private let lock = Monitor<Void>(())
  private let descriptor: Int32
  private let wakePipe: WakePipe
  private let tls: TLSEngine?
  private let authority: String
  private var session: OpaquePointer?
  private var calls: [Int32: HTTP2Call] = [:]
  /// Requests nobody waits for that must not be cancelled; the connection stays open for them.
  private var abandoned: [Int32: HTTP2Call] = [:]
  private var lingerUntil: Deadline?
  private var output: [UInt8] = []
  private var outputStart = 0
  private var failure: String?
  private var isDraining = false
  private var lastReceived = Deadline.now
  private var pings = PingPolicy()

  /// How long a connection that is out of use is kept for requests that are to finish alone.
  static let lingerSeconds = 120.0
  static let windowBytes: Int32 = 16 << 20
  private static let readBytes = 256 << 10
  private static let outputBytesMax = 1 << 20

  /// Takes over a connected, non-blocking socket (with the handshake done, for TLS).
  init(descriptor: Int32, tls: TLSEngine?, authority: String) throws(GRPCError) {
    self.descriptor = descriptor
    self.tls = tls
    self.authority = authority
    guard let wakePipe = WakePipe() else {
      close(descriptor)
      throw GRPCError(.notConnected, "out of descriptors", mayHaveHappened: false)
    }
    self.wakePipe = wakePipe
    let made = lock.withLock { _ in openSession() }
    guard made else {
      close(descriptor)
      wakePipe.closeBoth()
      throw GRPCError(.notConnected, "nghttp2: no session", mayHaveHappened: false)
    }
    startThread("swfs-grpc") { [self] in readLoop() }
  }

  private func openSession() -> Bool {
    var callbacks: OpaquePointer?
    guard nghttp2_session_callbacks_new(&callbacks) == 0, let callbacks else { return false }
    defer { nghttp2_session_callbacks_del(callbacks) }
    Self.setCallbacks(callbacks)
    var option: OpaquePointer?
    guard nghttp2_option_new(&option) == 0, let option else { return false }
    defer { nghttp2_option_del(option) }
    nghttp2_option_set_no_auto_window_update(option, 1)
    let me = Unmanaged.passUnretained(self).toOpaque()
    guard nghttp2_session_client_new2(&session, callbacks, me, option) == 0, let session else {
      return false
    }
    var settings = [
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
        value: UInt32(Self.windowBytes)),
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0),
    ]
    let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    nghttp2_submit_settings(session, none, &settings, settings.count)
    nghttp2_session_set_local_window_size(session, none, 0, Self.windowBytes)
    flush()
    return true
  }

  // MARK: For the channel

  /// Whether new calls may be started on it.
  var isUsable: Bool { lock.withLock { _ in failure == nil && !isDraining } }

  /// Sends a request.
  ///
  /// - Throws: `connectionLost`, certainly not sent, when the connection is no longer usable.
  func start(_ call: HTTP2Call) throws(GRPCError) {
    let problem = lock.withLock { _ -> String? in
      if let failure { return failure }
      guard !isDraining, let session else { return "the server is going away" }
      var provider = nghttp2_data_provider()
      provider.read_callback = Self.readBody
      let fields = HeaderFields(path: call.path, authority: authority, isTLS: tls != nil)
      let id = fields.withUnsafeFields {
        nghttp2_submit_request(session, nil, $0.baseAddress, $0.count, &provider, nil)
      }
      guard id > 0 else { return "nghttp2: \(String(cString: nghttp2_strerror(id)))" }
      call.streamID = id
      if calls.isEmpty {
        // The connection was silent because nobody asked: the watch starts now.
        lastReceived = max(lastReceived, Deadline.now)
        wakePipe.wake()
      }
      calls[id] = call
      flush()
      return nil
    }
    if let problem { throw GRPCError(.connectionLost, problem, mayHaveHappened: false) }
  }

  /// Nobody waits for this call any more.
  func cancel(_ call: HTTP2Call) {
    lock.withLock { _ in
      guard calls.removeValue(forKey: call.streamID) != nil, failure == nil else { return }
      drop(call)
      flush()
    }
  }

  /// Tells the server to stop, unless the request has to finish: filer 4.48 dereferences nil, and the
  /// whole process dies, when the context of a CreateEntry is cancelled (`cleanupChunks`).
  private func drop(_ call: HTTP2Call) {
    guard !call.finishesAlone else {
      abandoned[call.streamID] = call
      return
    }
    nghttp2_submit_rst_stream(
      session, UInt8(NGHTTP2_FLAG_NONE.rawValue), call.streamID, NGHTTP2_CANCEL.rawValue)
  }

  /// Ends the calls and takes no new ones; the socket stays open while requests have to finish alone,
  /// since closing it would cancel them.
  private func retire(_ why: String) {
    guard failure == nil else { return }
    isDraining = true
    let ended = calls.values
    calls = [:]
    for call in ended {
      call.finish(.failed(GRPCError(.connectionLost, why)))
      drop(call)
    }
    if abandoned.isEmpty { return fail(why) }
    if lingerUntil == nil { lingerUntil = Deadline(secondsFromNow: Self.lingerSeconds) }
    flush()
  }

  /// Whether a retired connection has done its last duty.
  private func endLingering() {
    guard let lingerUntil, abandoned.isEmpty || lingerUntil.hasPassed else { return }
    fail("out of use")
  }

  /// The consumer has taken every waiting message: the peer may send more.
  func acknowledge(_ call: HTTP2Call) {
    lock.withLock { _ in
      let count = call.takeUnacknowledged()
      guard count > 0, failure == nil, let session, calls[call.streamID] != nil else { return }
      nghttp2_session_consume_stream(session, call.streamID, count)
      flush()
    }
  }

  /// Ends the connection when nothing has come since `start` and for a while: a peer that lets calls
  /// time out in silence is gone, and the next call should not find out again.
  func closeIfSilent(since start: UInt64) {
    let now = Deadline.now
    lock.withLock { _ in
      guard lastReceived <= start, now - start > 2_000_000_000 else { return }
      retire("the server is silent")
    }
  }

  func shutdown() { lock.withLock { _ in fail("closed by us") } }

  // MARK: Reader

  private func readLoop() {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readBytes, alignment: 16)
    let clear = UnsafeMutableRawBufferPointer.allocate(
      byteCount: tls == nil ? 0 : Self.readBytes, alignment: 16)
    while let (events, timeout) = lock.withLock({ _ in nextWait() }) {
      var polled = [
        pollfd(fd: descriptor, events: events, revents: 0),
        pollfd(fd: wakePipe.readEnd, events: Int16(POLLIN), revents: 0),
      ]
      _ = poll(&polled, 2, timeout)
      if polled[1].revents != 0 { wakePipe.drain() }
      let received = polled[0].revents == 0 ? nil : receive(buffer)
      lock.withLock { _ in
        if let received { process(received, clear) }
        watchSilence()
        endLingering()
        flush(isReader: true)
      }
    }
    buffer.deallocate()
    clear.deallocate()
    lock.withLock { _ in
      nghttp2_session_del(session)
      session = nil
      close(descriptor)
      wakePipe.closeBoth()
    }
  }

  /// What to wait for; nil when the connection has ended.
  private func nextWait() -> (events: Int16, timeoutMilliseconds: Int32)? {
    guard failure == nil else { return nil }
    let events = outputStart < output.count ? POLLIN | POLLOUT : POLLIN
    return (Int16(events), calls.isEmpty && lingerUntil == nil ? 10_000 : 500)
  }

  private enum Received {
    case bytes(UnsafeRawBufferPointer)
    case nothing
    case end(String)
  }

  private func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Received {
    let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
    if count > 0 { return .bytes(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
    if count == 0 { return .end("the server closed the connection") }
    switch errno {
    case EAGAIN, EINTR: return .nothing
    default: return .end(String(cString: strerror(errno)))
    }
  }

  private func process(_ received: Received, _ clear: UnsafeMutableRawBufferPointer) {
    guard failure == nil else { return }
    switch received {
    case .nothing: break
    case .end(let why): fail(why)
    case .bytes(let bytes):
      lastReceived = Deadline.now
      guard let tls else { return parse(bytes) }
      do {
        try tls.feed(bytes)
        while failure == nil {
          let count = try tls.read(into: clear)
          guard count > 0 else { break }
          parse(UnsafeRawBufferPointer(rebasing: clear[..<count]))
        }
      } catch {
        fail(error.text)
      }
    }
  }

  private func parse(_ bytes: UnsafeRawBufferPointer) {
    guard let session else { return }
    let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let consumed = nghttp2_session_mem_recv(session, base, bytes.count)
    if consumed < 0 {
      fail("HTTP/2: \(String(cString: nghttp2_strerror(Int32(clamping: consumed))))")
    } else if nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0 {
      fail("the server ended the session")
    }
  }

  private func watchSilence() {
    guard failure == nil, let session else { return }
    let action = pings.tick(
      now: Deadline.now, lastReceived: lastReceived, hasCalls: !calls.isEmpty)
    switch action {
    case .none: break
    case .ping: nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
    case .giveUp: retire("the server does not answer a ping")
    }
  }

  // MARK: Writing, under the lock

  /// - Parameter isReader: what the socket does not take now is sent by the reader; others wake it.
  private func flush(isReader: Bool = false) {
    guard failure == nil, let session else { return }
    while true {
      guard fillOutput(session) else { return }
      guard outputStart < output.count else { return }
      let sent = output.withUnsafeBytes { raw in
        send(
          descriptor, raw.baseAddress?.advanced(by: outputStart), raw.count - outputStart,
          Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      if sent < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN {
          if !isReader { wakePipe.wake() }
          return
        }
        return fail("sending: \(String(cString: strerror(errno)))")
      }
      outputStart += sent
      if outputStart == output.count {
        output.removeAll(keepingCapacity: output.capacity <= Self.outputBytesMax)
        outputStart = 0
      }
    }
  }

  /// Moves frames from nghttp2 to the output buffer, up to its bound. False when the session broke.
  private func fillOutput(_ session: OpaquePointer) -> Bool {
    while output.count < Self.outputBytesMax {
      var bytes: UnsafePointer<UInt8>?
      let count = nghttp2_session_mem_send(session, &bytes)
      guard count >= 0 else {
        fail("HTTP/2: \(String(cString: nghttp2_strerror(Int32(clamping: count))))")
        return false
      }
      if count == 0 { break }
      let frame = UnsafeRawBufferPointer(start: bytes, count: count)
      guard let tls else {
        output.append(contentsOf: frame)
        continue
      }
      do { try tls.write(frame) } catch {
        fail(error.text)
        return false
      }
      tls.takeOutput(&output)
    }
    // TLS has words of its own (renewed keys, alerts).
    tls?.takeOutput(&output)
    return true
  }

  private func fail(_ why: String) {
    guard failure == nil else { return }
    failure = why
    for call in calls.values { call.finish(.failed(GRPCError(.connectionLost, why))) }
    calls = [:]
    abandoned = [:]
    wakePipe.wake()
  }

  // MARK: What nghttp2 reports, under the lock

  func headerArrived(
    _ id: Int32, _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
  ) {
    calls[id]?.headers.add(name: name, value: value)
  }

  func dataArrived(_ id: Int32, _ bytes: UnsafeBufferPointer<UInt8>) {
    guard let session else { return }
    // The connection's window is given back at once: one slow consumer must not stop the others.
    nghttp2_session_consume_connection(session, bytes.count)
    guard let call = calls[id] else {
      nghttp2_session_consume_stream(session, id, bytes.count)
      return
    }
    do {
      let count = try call.receive(bytes)
      if count > 0 { nghttp2_session_consume_stream(session, id, count) }
    } catch {
      let text =
        switch error {
        case .compressed: "a compressed message, which was not asked for"
        case .tooLong(let bytes): "a message of \(bytes) bytes"
        }
      call.finish(.failed(GRPCError(.malformedReply, text)))
      calls[id] = nil
      nghttp2_submit_rst_stream(
        session, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, NGHTTP2_CANCEL.rawValue)
    }
  }

  func streamClosed(_ id: Int32, _ code: UInt32) {
    abandoned[id] = nil
    guard let call = calls.removeValue(forKey: id) else { return }
    if let status = call.headers.status {
      if status.code == .ok && !call.decoder.isBetweenMessages {
        call.finish(.failed(GRPCError(.malformedReply, "the reply ends inside a message")))
      } else {
        call.finish(.status(status))
      }
    } else if code == NGHTTP2_REFUSED_STREAM.rawValue {
      call.finish(
        .failed(
          GRPCError(.connectionLost, "the server refused the stream", mayHaveHappened: false)))
    } else {
      let name = String(cString: nghttp2_http2_strerror(code))
      call.finish(.failed(GRPCError(.connectionLost, "the stream ended without status (\(name))")))
    }
  }

  func goAwayArrived() { isDraining = true }

  /// The next piece of a request's body; nil when the call is gone.
  func nextBody(
    _ id: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>
  ) -> (count: Int, isLast: Bool)? {
    guard let call = calls[id] ?? abandoned[id] else { return nil }
    let count = min(buffer.count, call.body.count - call.bodyBytesSent)
    _ = buffer.update(fromContentsOf: call.body[call.bodyBytesSent..<call.bodyBytesSent + count])
    call.bodyBytesSent += count
    return (count, call.bodyBytesSent == call.body.count)
  }
}
