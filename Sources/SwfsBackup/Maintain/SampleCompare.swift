public import SwfsCore

/// What a comparison with the cluster brought.
public struct SampleResult: Sendable, Equatable {
  public var files = 0
  public var needles = 0
  public var bytes: UInt64 = 0
  /// Needles that the cluster has dropped since the snapshot: nothing to compare with.
  public var gone = 0
  public var problems: [String] = []

  public init() {}
}

/// Takes files of a snapshot by chance and compares them byte by byte with the needles in the
/// cluster.
public struct SampleCompare: Sendable {
  private let tree: SnapshotTree
  private let needles: any NeedleSource

  public init(
    _ stored: StoredSnapshot, in repository: Repository, with needles: any NeedleSource
  ) throws(FSError) {
    tree = try SnapshotTree(stored.snapshot, in: repository)
    self.needles = needles
  }

  /// - Parameter count: files to take.
  public func run(
    _ count: Int, _ context: OperationContext,
    using random: inout some RandomNumberGenerator
  ) throws(FSError) -> SampleResult {
    var sample: [(EntryPath, Entry)] = []
    var seen = 0
    // Reservoir: every file has the same chance in one pass.
    var generator = random
    try tree.forEachEntry { (item) throws(FSError) in
      guard case .entry(let path, let entry) = item, !entry.chunks.isEmpty else { return }
      seen += 1
      if sample.count < count {
        sample.append((path, entry))
      } else {
        let place = Int.random(in: 0..<seen, using: &generator)
        if place < count { sample[place] = (path, entry) }
      }
    }
    random = generator
    var result = SampleResult()
    for (path, entry) in sample {
      result.files += 1
      try compare(path, entry, &result, context)
    }
    return result
  }

  private func compare(
    _ path: EntryPath, _ entry: Entry, _ result: inout SampleResult, _ context: OperationContext
  ) throws(FSError) {
    let leaves: [Chunk]
    do { leaves = try tree.leaves(of: entry) } catch {
      guard error.code == .corrupt || error.code == .notFound else { throw error }
      result.problems.append("\(path): \(error.description)")
      return
    }
    for chunk in leaves {
      guard let fid = chunk.fid ?? FileID(chunk.fileIDText) else { continue }
      result.needles += 1
      let live: [UInt8]
      do { live = try needles.needle(chunk, context.attempt(seconds: 180)) } catch {
        guard error.code == .chunkMissing else { throw error }
        result.gone += 1
        continue
      }
      do throws(FSError) {
        let kept = try tree.repository.needle(fid, in: tree.snapshot.cluster)
        result.bytes += UInt64(kept.count)
        if kept != live { result.problems.append("\(path): needle \(fid) differs") }
      } catch {
        guard error.code == .corrupt || error.code == .notFound else { throw error }
        result.problems.append("\(path): \(error.description)")
      }
    }
  }
}
