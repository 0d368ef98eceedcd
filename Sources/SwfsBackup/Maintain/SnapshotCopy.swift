public import SwfsCore
import Synchronization

public struct CopyResult: Sendable, Equatable {
  public var snapshots = 0
  /// Were in the other repository already.
  public var known = 0
  public var addedBytes: UInt64 = 0

  public init() {}
}

/// Copies snapshots into another repository, under its key: a second place for the same history.
public struct SnapshotCopy: Sendable {
  private let source: Repository
  private let target: Repository

  public init(from source: Repository, to target: Repository) {
    self.source = source
    self.target = target
  }

  /// The caller holds the target's lock.
  ///
  /// - Throws: `corrupt` when something that a snapshot reaches is missing: it is not copied.
  public func run(
    _ snapshots: [StoredSnapshot], lock: RepositoryLock, _ context: OperationContext
  ) throws(FSError) -> CopyResult {
    var result = CopyResult()
    try target.store.removeLeftovers()
    _ = try BlobWriter.adoptPacks(of: target)
    var known = try target.snapshots().map(\.snapshot)
    for stored in snapshots {
      if known.contains(stored.snapshot) {
        result.known += 1
        continue
      }
      result.addedBytes += try copy(stored, context)
      try lock.verify()
      _ = try target.writeSnapshot(stored.snapshot)
      known.append(stored.snapshot)
      result.snapshots += 1
    }
    return result
  }

  private func copy(
    _ stored: StoredSnapshot, _ context: OperationContext
  ) throws(FSError) -> UInt64 {
    let cluster = stored.snapshot.cluster
    var reach = Reachability()
    try reach.add(stored, source, context)
    if let problem = reach.problems.first {
      throw FSError(.corrupt, "snapshot \(stored.id.short) is damaged: \(problem)")
    }
    let writer = BlobWriter(target, cluster: cluster)
    for block in stored.snapshot.blocks where !target.index.withLock({ $0.contains(block) }) {
      try writer.add(try source.blob(block), .block)
    }
    for fid in reach.needles[cluster] ?? [] {
      try context.check("the copy")
      guard target.index.withLock({ $0.blob(of: fid, in: cluster) }) == nil,
        let blob = source.index.withLock({ $0.blob(of: fid, in: cluster) })
      else { continue }
      try writer.add(try source.blob(blob), .needle, needle: fid)
    }
    try writer.finish()
    return writer.addedBytes
  }
}
