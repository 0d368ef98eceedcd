import SwfsCore

/// Writes `FileChunkManifest` messages for tests.
enum ManifestBytes {
  static func manifest(
    _ chunks: [(fid: FileID, offset: Int64, size: UInt64, isManifest: Bool)]
  ) -> [UInt8] {
    chunks.flatMap { chunk -> [UInt8] in
      var id: [UInt8] = [0x08] + varint(UInt64(chunk.fid.volume))
      id += [0x10] + varint(chunk.fid.key) + [0x1d]
      id += (0..<4).map { UInt8(truncatingIfNeeded: chunk.fid.cookie >> (8 * UInt32($0))) }
      var body: [UInt8] = [0x10] + varint(UInt64(bitPattern: chunk.offset))
      body += [0x18] + varint(chunk.size) + [0x3a] + varint(UInt64(id.count)) + id
      if chunk.isManifest { body += [0x58, 1] }
      return [0x0a] + varint(UInt64(body.count)) + body
    }
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var value = value
    var bytes: [UInt8] = []
    while value >= 0x80 {
      bytes.append(UInt8(value & 0x7f) | 0x80)
      value >>= 7
    }
    return bytes + [UInt8(value)]
  }
}
