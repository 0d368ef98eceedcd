public import SwfsCore

extension VolumeChunkStore {
  /// Manifests inside manifests; weed makes one level, and no file needs more than three.
  static let manifestDepthMax = 8
  /// Chunks of one file, about 80 TB at weed mount's 2 MiB.
  static let manifestChunksMax = 40_000_000

  public func expandManifests(
    _ chunks: [Chunk], _ context: OperationContext
  ) throws(FSError) -> [Chunk] {
    guard chunks.contains(where: \.isManifest) else { return chunks }
    var leaves: [Chunk] = []
    try expand(chunks, depth: 0, into: &leaves, context)
    return leaves
  }

  private func expand(
    _ chunks: [Chunk], depth: Int, into leaves: inout [Chunk], _ context: OperationContext
  ) throws(FSError) {
    for chunk in chunks {
      guard chunk.end != nil else {
        throw FSError(.corrupt, "a chunk at \(chunk.offset) of \(chunk.size) bytes is impossible")
      }
      guard chunk.isManifest else {
        guard leaves.count < Self.manifestChunksMax else {
          throw FSError(.corrupt, "the manifests list over \(Self.manifestChunksMax) chunks")
        }
        leaves.append(chunk)
        continue
      }
      guard depth < Self.manifestDepthMax else {
        throw FSError(.corrupt, "manifests nest deeper than \(Self.manifestDepthMax) levels")
      }
      let fid = try Self.readableID(chunk)
      // `size` of a manifest is its span in the file; ten thousand chunks take about 0.7 MB.
      let needle = try clearNeedle(chunk, fid, expectedBytes: 1 << 20, context)
      var listed: Result<[Chunk], FSError> = .success([])
      needle.withUnsafeBytes { bytes in
        do throws(FSError) { listed = .success(try ChunkManifest.chunks(of: bytes)) } catch {
          listed = .failure(FSError(error.code, "manifest \(fid): \(error.message)"))
        }
      }
      try expand(try listed.get(), depth: depth + 1, into: &leaves, context)
    }
  }
}
