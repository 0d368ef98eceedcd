import SwfsCore

/// The volume servers of the in-memory cluster: needles by file id. A value without locks.
struct NeedleStore {
  struct Needle {
    var bytes: [UInt8]
    /// What a manifest needle lists; nil for data.
    var manifest: [Chunk]?
  }

  private(set) var needles: [FileID: Needle] = [:]
  /// Freed, but not vacuumed: still there for who reads with `readDeleted`.
  private var deleted: [FileID: Needle] = [:]
  let vacuumsAtOnce: Bool
  private(set) var bytesStored: UInt64 = 0
  private var nextKey: UInt64 = 0x1000
  /// Nil: no bound.
  var capacityBytes: UInt64?

  init(vacuumsAtOnce: Bool) { self.vacuumsAtOnce = vacuumsAtOnce }

  mutating func store(_ bytes: [UInt8], manifest: [Chunk]? = nil) throws(FSError) -> FileID {
    if let capacityBytes, bytesStored + UInt64(bytes.count) > capacityBytes {
      throw FSError(.noSpace, "no writable volumes")
    }
    nextKey += 1
    let fid = FileID(
      volume: UInt32(nextKey % 7) + 1, key: nextKey,
      cookie: UInt32(truncatingIfNeeded: nextKey &* 0x9e37_79b9))
    needles[fid] = Needle(bytes: bytes, manifest: manifest)
    bytesStored += UInt64(bytes.count)
    return fid
  }

  mutating func free(_ fid: FileID) {
    guard let needle = needles.removeValue(forKey: fid) else { return }
    bytesStored -= UInt64(needle.bytes.count)
    if !vacuumsAtOnce { deleted[fid] = needle }
  }

  mutating func vacuum() { deleted = [:] }

  func read(
    _ chunk: Chunk, needleOffset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(FSError) {
    let needle = try needle(of: chunk)
    guard needle.manifest == nil else { throw FSError(.corrupt, "read of a manifest as data") }
    let (end, overflow) = needleOffset.addingReportingOverflow(UInt64(buffer.count))
    guard !overflow, end <= UInt64(needle.bytes.count) else {
      throw FSError(.corrupt, "needle is shorter than what is read of it")
    }
    needle.bytes.withUnsafeBytes {
      let start = Int(needleOffset)
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + buffer.count]))
    }
  }

  func needle(of chunk: Chunk) throws(FSError) -> Needle {
    guard let fid = chunk.fid, let needle = needles[fid] ?? deleted[fid] else {
      throw FSError(.chunkMissing, "no replica has \(chunk.fid?.description ?? chunk.fileIDText)")
    }
    return needle
  }

  /// Data chunks behind a list, manifests replaced by what they list.
  func expand(_ chunks: [Chunk], depth: Int = 0) throws(FSError) -> [Chunk] {
    guard depth < 16 else { throw FSError(.corrupt, "manifests nest too deep") }
    var result: [Chunk] = []
    for chunk in chunks {
      guard chunk.isManifest else {
        result.append(chunk)
        continue
      }
      guard let listed = try needle(of: chunk).manifest else {
        throw FSError(.corrupt, "manifest does not decode")
      }
      result += try expand(listed, depth: depth + 1)
    }
    return result
  }

  /// Every needle a list needs: data, manifests, and what they list. A manifest that is gone hides
  /// its leaves.
  func closure(_ chunks: [Chunk], depth: Int = 0) -> Set<FileID> {
    var result: Set<FileID> = []
    for chunk in chunks {
      guard let fid = chunk.fid else { continue }
      result.insert(fid)
      if chunk.isManifest, depth < 16, let listed = (needles[fid] ?? deleted[fid])?.manifest {
        result.formUnion(closure(listed, depth: depth + 1))
      }
    }
    return result
  }
}
