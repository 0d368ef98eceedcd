internal import CZlib
import SwfsCore

/// gzip as Go clients store it: one or several members.
enum Gunzip {
  /// - Parameter bytesMax: a longer result is refused; a small needle can claim to be terabytes.
  /// - Throws: `corrupt` for damage and for results over the limit.
  static func inflate(
    _ packed: [UInt8], expectedBytes: Int, bytesMax: Int
  ) throws(FSError) -> [UInt8] {
    var stream = z_stream()
    // 15 bits of window, + 16: a gzip header is required.
    guard swfs_inflateInit2(&stream, 15 + 16) == Z_OK else {
      throw FSError(.outOfMemory, "cannot set up decompression")
    }
    defer { inflateEnd(&stream) }
    guard let count = UInt32(exactly: packed.count) else {
      throw FSError(.corrupt, "a compressed needle of \(packed.count) bytes is impossible")
    }
    var clear: [UInt8] = []
    clear.reserveCapacity(min(max(expectedBytes, 0), bytesMax))
    var part = [UInt8](repeating: 0, count: 256 << 10)
    let failure: String? = packed.withUnsafeBufferPointer { source in
      // zlib only reads from it.
      stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
      stream.avail_in = count
      while true {
        let (code, produced) = part.withUnsafeMutableBufferPointer { part in
          stream.next_out = part.baseAddress
          stream.avail_out = UInt32(part.count)
          let code = CZlib.inflate(&stream, Z_NO_FLUSH)
          return (code, part.count - Int(stream.avail_out))
        }
        guard clear.count + produced <= bytesMax else { return "it grows over \(bytesMax) bytes" }
        clear.append(contentsOf: part[..<produced])
        switch code {
        case Z_STREAM_END where stream.avail_in == 0: return nil
        case Z_STREAM_END: inflateReset(&stream)
        case Z_OK where produced > 0 || stream.avail_in > 0: continue
        default: return "zlib error \(code)"
        }
      }
    }
    if let failure { throw FSError(.corrupt, "the needle does not decompress: \(failure)") }
    return clear
  }
}
