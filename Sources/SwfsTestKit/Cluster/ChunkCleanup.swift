import SwfsCore

/// What a filer does to a chunk list before it stores it.
enum ChunkCleanup {
  /// Drops plain chunks of which no byte is visible, and one of two overlapping chunks with equal
  /// timestamps: the trap that a writer must not step into.
  static func withoutGarbage(_ chunks: [Chunk]) -> [Chunk] {
    let order = chunks.indices.sorted {
      (chunks[$0].modifiedNanoseconds, $0) < (chunks[$1].modifiedNanoseconds, $1)
    }
    var visible: [(start: Int64, end: Int64, owner: Int)] = []
    var losers: Set<Int> = []
    for index in order where !chunks[index].isManifest {
      let start = chunks[index].offset
      guard let end = chunks[index].end else { continue }
      let ties = visible.contains {
        $0.start < end && start < $0.end
          && chunks[$0.owner].modifiedNanoseconds == chunks[index].modifiedNanoseconds
      }
      if ties {
        losers.insert(index)
        continue
      }
      visible = visible.flatMap { piece -> [(start: Int64, end: Int64, owner: Int)] in
        if piece.end <= start || end <= piece.start { return [piece] }
        return [(piece.start, start, piece.owner), (end, piece.end, piece.owner)]
          .filter { $0.0 < $0.1 }
      }
      if start < end { visible.append((start, end, index)) }
    }
    let owners = Set(visible.map(\.owner))
    return chunks.indices
      .filter { chunks[$0].isManifest || (owners.contains($0) && !losers.contains($0)) }
      .map { chunks[$0] }
  }

  /// Moves every full batch of plain chunks into a manifest needle.
  static func withManifests(
    _ chunks: [Chunk], batch: Int, in needles: inout NeedleStore
  ) throws(FSError) -> [Chunk] {
    let plain = chunks.filter { !$0.isManifest && $0.sseType == 0 }
    guard plain.count >= batch else { return chunks }
    var result = chunks.filter { $0.isManifest || $0.sseType != 0 }
    var start = 0
    while plain.count - start >= batch {
      result.append(try manifest(of: Array(plain[start..<start + batch]), in: &needles))
      start += batch
    }
    return result + plain[start...]
  }

  static func manifest(
    of chunks: [Chunk], in needles: inout NeedleStore
  ) throws(FSError) -> Chunk {
    let first = chunks.map(\.offset).min() ?? 0
    let last = chunks.compactMap(\.end).max() ?? first
    let bytes = [UInt8](repeating: 0x6d, count: chunks.count * 30)
    let fid = try needles.store(bytes, manifest: chunks)
    return Chunk(
      fid: fid, offset: first, size: UInt64(last - first), modifiedNanoseconds: 0,
      isCompressed: true, isManifest: true)
  }
}
