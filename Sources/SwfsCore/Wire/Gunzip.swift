internal import CZlib

/// Decompression of rows that the filer stored as gzip (entries of more than 50 chunks).
enum Gunzip {
  /// Largest entry we believe in: the servers' own message limit.
  static let outputBytesMax = 1 << 30

  /// Whether the bytes are gzip. An entry in the clear never begins so: its first tag is another.
  static func isGzip(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b
  }

  /// Decompresses one whole gzip member; the checksum at its end has to match.
  ///
  /// The output grows with what really comes out, so a header that lies about the size costs nothing.
  static func inflate(
    _ input: UnsafeRawBufferPointer, outputBytesMax: Int = Self.outputBytesMax
  ) throws(WireError) -> [UInt8] {
    guard let start = input.baseAddress, let inputBytes = UInt32(exactly: input.count) else {
      throw .badGzip
    }
    var stream = z_stream()
    // 15 window bits, +16: gzip wrapper only.
    guard swfs_inflateInit2(&stream, 15 + 16) == Z_OK else { throw .badGzip }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(
      mutating: start.assumingMemoryBound(to: UInt8.self))
    stream.avail_in = inputBytes
    var output: [UInt8] = []
    while true {
      let room = min(max(64 << 10, output.count), outputBytesMax - output.count)
      guard room > 0 else { throw .absurdSize }
      var code = Z_OK
      let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(room)
        code = CZlib.inflate(&stream, Z_NO_FLUSH)
        count = room - Int(stream.avail_out)
      }
      output.append(contentsOf: piece)
      if code == Z_STREAM_END { return output }
      // No progress possible with room left: the input ended early.
      guard code == Z_OK, stream.avail_out == 0 || stream.avail_in > 0 else { throw .badGzip }
    }
  }
}
