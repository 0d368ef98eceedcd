/// `filer_pb.FileChunkManifest`: the list of chunks that a manifest needle holds.
public enum ChunkManifest {
  /// The chunks listed in a manifest, with absolute file offsets.
  ///
  /// - Throws: `corrupt`.
  public static func chunks(of bytes: UnsafeRawBufferPointer) throws(FSError) -> [Chunk] {
    do throws(WireError) {
      var chunks: [Chunk] = []
      var reader = WireReader(bytes)
      while let tag = try reader.next() {
        switch tag {
        case .bytes(1): chunks.append(try Chunk(decoding: try reader.slice()))
        default: try reader.skip(tag)
        }
      }
      return chunks
    } catch {
      throw FSError("manifest of \(bytes.count) bytes", error)
    }
  }

  /// The bytes to store in a manifest needle.
  public static func bytes(of chunks: [Chunk]) -> [UInt8] {
    var writer = WireWriter()
    for chunk in chunks { writer.message(1) { $0.write(chunk) } }
    return writer.bytes
  }
}
