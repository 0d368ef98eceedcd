internal import CZstd
import SwfsCore

/// The clear text of a frame: stored or compressed, whichever is shorter.
enum PackedBytes {
  /// Longest content of a frame: four times the largest needle of a default volume server.
  static let bytesMax = 1 << 30
  /// zstd's default: about as fast as a disk, and not much worse than the higher ones.
  static let level: Int32 = 3

  static func pack(_ clear: UnsafeRawBufferPointer) throws(FSError) -> [UInt8] {
    guard clear.count <= bytesMax else {
      throw FSError(.fileTooLarge, "\(clear.count) bytes are too many for one blob")
    }
    var writer = ByteWriter()
    writer.byte(1)
    writer.count(clear.count)
    let bound = ZSTD_compressBound(clear.count)
    var failed = false
    let compressed = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      let size = ZSTD_compress(buffer.baseAddress, bound, clear.baseAddress, clear.count, level)
      failed = ZSTD_isError(size) != 0
      count = failed ? 0 : size
    }
    if !failed && compressed.count < clear.count {
      writer.raw(compressed)
      return writer.bytes
    }
    var stored = ByteWriter()
    stored.byte(0)
    stored.count(clear.count)
    stored.raw(clear)
    return stored.bytes
  }

  /// - Throws: `corrupt`.
  static func unpack(_ packed: [UInt8], _ what: String) throws(FSError) -> [UInt8] {
    try packed.withBytes { (bytes) throws(FSError) in
      var reader = ByteReader(bytes, what)
      let method = try reader.byte()
      let count = try reader.number(Int.self, atMost: bytesMax)
      let data = try reader.take(bytes.count - reader.position)
      switch method {
      case 0:
        guard data.count == count else { throw FSError(.corrupt, "\(what): wrong length") }
        return [UInt8](data)
      case 1: return try decompress(data, count: count, what)
      default: throw FSError(.corrupt, "\(what): compression method \(method) is unknown")
      }
    }
  }

  private static func decompress(
    _ data: UnsafeRawBufferPointer, count: Int, _ what: String
  ) throws(FSError) -> [UInt8] {
    // The declared length is believed only as far as the frame itself agrees.
    guard ZSTD_getFrameContentSize(data.baseAddress, data.count) == UInt64(count) else {
      throw FSError(.corrupt, "\(what): the compressed length does not fit")
    }
    var size = 0
    let clear = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      size = ZSTD_decompress(buffer.baseAddress, count, data.baseAddress, data.count)
      filled = ZSTD_isError(size) == 0 ? size : 0
    }
    guard ZSTD_isError(size) == 0, clear.count == count else {
      throw FSError(.corrupt, "\(what): does not decompress")
    }
    return clear
  }
}
