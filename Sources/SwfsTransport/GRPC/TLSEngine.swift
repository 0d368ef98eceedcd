internal import COpenSSL

/// TLS as a transformation between memory buffers; the connection moves the bytes.
///
/// Memory instead of a socket, because OpenSSL's own writes raise SIGPIPE. Not thread-safe: used
/// under the connection's lock.
final class TLSEngine {
  struct Failure: Error { var text: String }

  private let session: OpaquePointer
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  private(set) var isHandshakeDone = false

  init(_ context: TLSContext, host: String) throws(Failure) {
    guard let session = context.makeSession() else { throw Failure(text: TLSContext.lastError()) }
    guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
      SSL_free(session)
      throw Failure(text: TLSContext.lastError())
    }
    self.session = session
    self.incoming = incoming
    self.outgoing = outgoing
    SSL_set_bio(session, incoming, outgoing)
    SSL_set_connect_state(session)
    // SSL_set_tlsext_host_name is a macro over this call. Servers with several names look at it.
    _ = host.withCString { name in
      SSL_ctrl(
        session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name),
        UnsafeMutableRawPointer(mutating: name))
    }
  }

  deinit { SSL_free(session) }

  /// Goes on with the handshake; true when it is complete.
  ///
  /// - Throws: when the peer is refused, or when it does not agree to HTTP/2.
  func handshake() throws(Failure) -> Bool {
    if isHandshakeDone { return true }
    ERR_clear_error()
    let result = SSL_do_handshake(session)
    if result == 1 {
      var name: UnsafePointer<UInt8>?
      var length: UInt32 = 0
      SSL_get0_alpn_selected(session, &name, &length)
      let chosen = UnsafeBufferPointer(start: name, count: name == nil ? 0 : Int(length))
      guard chosen.elementsEqual("h2".utf8) else {
        throw Failure(text: "TLS: the server does not speak HTTP/2")
      }
      isHandshakeDone = true
      return true
    }
    switch SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return false
    default:
      let verdict = SSL_get_verify_result(session)
      if verdict != Int(X509_V_OK), let text = X509_verify_cert_error_string(verdict) {
        throw Failure(text: "TLS: the server's certificate: \(String(cString: text))")
      }
      throw Failure(text: "TLS handshake: \(TLSContext.lastError())")
    }
  }

  /// Takes bytes from the wire.
  func feed(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    guard !bytes.isEmpty else { return }
    guard BIO_write(incoming, bytes.baseAddress, Int32(clamping: bytes.count)) == bytes.count else {
      throw Failure(text: "TLS: no memory for incoming bytes")
    }
  }

  /// Clear bytes that can be read now; 0 when more has to come from the wire first.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    ERR_clear_error()
    let count = SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
    if count > 0 { return Int(count) }
    switch SSL_get_error(session, count) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return 0
    case SSL_ERROR_ZERO_RETURN: throw Failure(text: "the server closed the TLS session")
    default: throw Failure(text: "TLS: \(TLSContext.lastError())")
    }
  }

  /// Encrypts clear bytes; `takeOutput` has them afterwards.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    guard !bytes.isEmpty else { return }
    ERR_clear_error()
    // Memory never blocks, so a write is always complete unless the session is broken.
    guard SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count)) == bytes.count else {
      throw Failure(text: "TLS: \(TLSContext.lastError())")
    }
  }

  /// Moves bytes for the wire to the end of `output`.
  func takeOutput(_ output: inout [UInt8]) {
    var waiting = BIO_ctrl_pending(outgoing)
    while waiting > 0 {
      let count = min(waiting, 1 << 20)
      let start = output.count
      output.append(contentsOf: repeatElement(0, count: count))
      let moved = output.withUnsafeMutableBytes { raw in
        BIO_read(outgoing, raw.baseAddress?.advanced(by: start), Int32(clamping: count))
      }
      output.removeLast(count - max(0, Int(moved)))
      if moved <= 0 { return }
      waiting = BIO_ctrl_pending(outgoing)
    }
  }
}
