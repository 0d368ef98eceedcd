import SwfsCore

/// `filer_pb.FileChunkManifest { repeated FileChunk chunks = 1 }`, without SwiftProtobuf: ten
/// thousand chunks in a manifest are common, and each message object costs a microsecond.
enum ManifestDecoder {
  /// - Throws: `corrupt`; also for chunks with an offset or a size that cannot be.
  static func chunks(in bytes: UnsafeRawBufferPointer) throws(FSError) -> [Chunk] {
    var chunks: [Chunk] = []
    var reader = WireReader(bytes)
    while let (number, field) = try reader.next() {
      guard number == 1, case .bytes(let body) = field else { continue }
      let chunk = try chunk(in: body)
      guard chunk.end != nil else {
        throw FSError(
          .corrupt, "a manifest lists a chunk at \(chunk.offset) of \(chunk.size) bytes")
      }
      chunks.append(chunk)
    }
    return chunks
  }

  private static func chunk(in bytes: UnsafeRawBufferPointer) throws(FSError) -> Chunk {
    var chunk = Chunk(fid: nil, offset: 0, size: 0, modifiedNanoseconds: 0)
    var reader = WireReader(bytes)
    while let (number, field) = try reader.next() {
      switch (number, field) {
      case (1, .bytes(let text)): chunk.fileIDText = String(decoding: text, as: UTF8.self)
      case (2, .varint(let value)): chunk.offset = Int64(bitPattern: value)
      case (3, .varint(let value)): chunk.size = value
      case (4, .varint(let value)): chunk.modifiedNanoseconds = Int64(bitPattern: value)
      case (5, .bytes(let text)): chunk.etag = String(decoding: text, as: UTF8.self)
      case (6, .bytes(let text)): chunk.sourceFileIDText = String(decoding: text, as: UTF8.self)
      case (7, .bytes(let body)): chunk.fid = try fileID(in: body)
      case (8, .bytes(let body)): chunk.sourceFID = try fileID(in: body)
      case (9, .bytes(let key)): chunk.cipherKey = Array(key)
      case (10, .varint(let value)): chunk.isCompressed = value != 0
      case (11, .varint(let value)): chunk.isManifest = value != 0
      case (12, .varint(let value)): chunk.sseType = Int32(truncatingIfNeeded: value)
      case (13, .bytes(let body)): chunk.sseMetadata = Array(body)
      default: continue
      }
    }
    if chunk.fid == nil { chunk.fid = FileID(chunk.fileIDText) }
    if chunk.fid != nil { chunk.fileIDText = "" }
    if chunk.sourceFID == nil { chunk.sourceFID = FileID(chunk.sourceFileIDText) }
    if chunk.sourceFID != nil { chunk.sourceFileIDText = "" }
    return chunk
  }

  private static func fileID(in bytes: UnsafeRawBufferPointer) throws(FSError) -> FileID {
    var id = FileID(volume: 0, key: 0, cookie: 0)
    var reader = WireReader(bytes)
    while let (number, field) = try reader.next() {
      switch (number, field) {
      case (1, .varint(let value)): id.volume = UInt32(truncatingIfNeeded: value)
      case (2, .varint(let value)): id.key = value
      case (3, .fixed32(let value)): id.cookie = value
      default: continue
      }
    }
    return id
  }
}
