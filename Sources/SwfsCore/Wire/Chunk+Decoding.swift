extension Chunk {
  init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
    var chunk = Chunk(fid: nil, offset: 0, size: 0, modifiedNanoseconds: 0)
    var reader = WireReader(bytes)
    while let tag = try reader.next() {
      switch tag {
      case .bytes(1): chunk.fileIDText = try reader.string()
      case .varint(2): chunk.offset = try reader.int64()
      case .varint(3): chunk.size = try reader.varint()
      case .varint(4): chunk.modifiedNanoseconds = try reader.int64()
      case .bytes(5): chunk.etag = try reader.string()
      case .bytes(6): chunk.sourceFileIDText = try reader.string()
      case .bytes(7): chunk.fid = try FileID(merging: try reader.slice(), into: chunk.fid)
      case .bytes(8):
        chunk.sourceFID = try FileID(merging: try reader.slice(), into: chunk.sourceFID)
      case .bytes(9): chunk.cipherKey = try reader.byteArray()
      case .varint(10): chunk.isCompressed = try reader.bool()
      case .varint(11): chunk.isManifest = try reader.bool()
      case .varint(12): chunk.sseType = try reader.int32()
      case .bytes(13): chunk.sseMetadata = try reader.byteArray()
      default: try reader.skip(tag)
      }
    }
    // Filers answer with both forms, rows hold the numbers alone; the text says more only when it
    // cannot be turned into numbers.
    if chunk.fid == nil { chunk.fid = FileID(chunk.fileIDText) }
    if chunk.fid != nil { chunk.fileIDText = "" }
    if chunk.sourceFID == nil { chunk.sourceFID = FileID(chunk.sourceFileIDText) }
    if chunk.sourceFID != nil { chunk.sourceFileIDText = "" }
    self = chunk
  }
}
