internal import CNghttp2

/// The header fields of a gRPC request, laid out as nghttp2 wants them.
struct HeaderFields {
  private let fields: [(name: String, value: String)]

  init(path: String, authority: String, isTLS: Bool) {
    fields = [
      (":method", "POST"), (":scheme", isTLS ? "https" : "http"), (":path", path),
      (":authority", authority), ("te", "trailers"), ("content-type", "application/grpc"),
      ("user-agent", "swfs"),
    ]
  }

  /// Calls the body with the fields; nghttp2 copies them before it returns.
  func withUnsafeFields<R>(_ body: (UnsafeBufferPointer<nghttp2_nv>) -> R) -> R {
    var bytes: [UInt8] = []
    for field in fields {
      bytes.append(contentsOf: field.name.utf8)
      bytes.append(contentsOf: field.value.utf8)
    }
    return bytes.withUnsafeMutableBufferPointer { raw in
      var vectors: [nghttp2_nv] = []
      var next = raw.baseAddress
      for field in fields {
        let (nameLength, valueLength) = (field.name.utf8.count, field.value.utf8.count)
        vectors.append(
          nghttp2_nv(
            name: next, value: next?.advanced(by: nameLength), namelen: nameLength,
            valuelen: valueLength, flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
        next = next?.advanced(by: nameLength + valueLength)
      }
      return vectors.withUnsafeBufferPointer(body)
    }
  }
}
