internal import CNghttp2

/// nghttp2's callbacks: C functions without state that find the connection through the user pointer.
///
/// They run inside `nghttp2_session_mem_recv` and `mem_send`, so the connection's lock is held and the
/// connection is alive: the reader thread owns it until the session is deleted.
extension HTTP2Connection {
  static func setCallbacks(_ callbacks: OpaquePointer) {
    nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, frame, name, nameLength, value, valueLength, _, user in
      if let connection = HTTP2Connection.from(user), let frame {
        connection.headerArrived(
          frame.pointee.hd.stream_id, UnsafeBufferPointer(start: name, count: nameLength),
          UnsafeBufferPointer(start: value, count: valueLength))
      }
      return 0
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
      _, _, id, bytes, count, user in
      HTTP2Connection.from(user)?.dataArrived(id, UnsafeBufferPointer(start: bytes, count: count))
      return 0
    }
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, user in
      HTTP2Connection.from(user)?.streamClosed(id, code)
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
      if let frame, frame.pointee.hd.type == UInt8(NGHTTP2_GOAWAY.rawValue) {
        HTTP2Connection.from(user)?.goAwayArrived()
      }
      return 0
    }
  }

  static let readBody: nghttp2_data_source_read_callback = {
    _, id, buffer, length, flags, _, user in
    // The id, not a pointer, finds the call: a cancelled one may be gone already.
    let target = UnsafeMutableBufferPointer(start: buffer, count: length)
    guard let piece = HTTP2Connection.from(user)?.nextBody(id, target) else {
      return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
    }
    if piece.isLast { flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
    return piece.count
  }

  private static func from(_ user: UnsafeMutableRawPointer?) -> HTTP2Connection? {
    user.map { Unmanaged<HTTP2Connection>.fromOpaque($0).takeUnretainedValue() }
  }
}
