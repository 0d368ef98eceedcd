public import SwfsCore
import Synchronization

public struct PruneResult: Sendable, Equatable {
  public var packsBefore = 0
  public var packsRemoved = 0
  public var packsRewritten = 0
  public var bytesBefore: UInt64 = 0
  public var bytesAfter: UInt64 = 0
  public var blobsRemoved = 0

  public init() {}
}

/// Removes what no snapshot reaches. Crash-safe: new packs and a new index are there before
/// anything old goes, and what an index lists goes last.
public struct Prune: Sendable {
  private let repository: Repository
  /// A pack is rewritten when more than this share of it is of no use.
  private let unusedShareMax: Double

  public init(_ repository: Repository, unusedShareMax: Double = 0.1) {
    self.repository = repository
    self.unusedShareMax = unusedShareMax
  }

  private struct Plan {
    var kept: [IndexFile.Pack] = []
    var rewritten: [IndexFile.Pack] = []
    var removed: [ContentID] = []
  }

  /// The caller holds the repository's lock.
  ///
  /// - Throws: `corrupt` when a snapshot cannot be followed to its end: nothing is removed then, as
  ///   what lies behind the damage may still be wanted.
  public func run(
    isDryRun: Bool = false, lock: RepositoryLock, _ context: OperationContext
  ) throws(FSError) -> PruneResult {
    try repository.store.removeLeftovers()
    var reach = Reachability()
    for stored in try repository.snapshots() { try reach.add(stored, repository, context) }
    if let problem = reach.problems.first {
      throw FSError(
        .corrupt,
        "nothing pruned: \(reach.problems.count) problems, the first: \(problem); see check")
    }
    var result = PruneResult()
    let oldIndexes = try repository.store.list("index")
    let plan = try plan(reach, &result)
    guard !isDryRun else { return result }
    try rewrite(plan, reach, &result, context)
    try lock.verify()
    // New packs and the new index are there: everything is listed twice from here on.
    for object in oldIndexes { try repository.store.remove(object.name) }
    for id in plan.removed + plan.rewritten.map(\.id) {
      try repository.store.remove(ObjectName.pack(id))
    }
    try repository.loadIndex()
    return result
  }

  private func plan(
    _ reach: Reachability, _ result: inout PruneResult
  ) throws(FSError) -> Plan {
    var plan = Plan()
    let index = repository.index.withLock { $0 }
    var sizes: [ContentID: UInt64] = [:]
    for object in try repository.store.list("packs") {
      guard let id = ObjectName.id(object.name) else { continue }
      sizes[id] = object.size
      result.bytesBefore += object.size
    }
    result.packsBefore = sizes.count
    for pack in index.packs {
      guard sizes.removeValue(forKey: pack.id) != nil else { continue }
      var used: UInt64 = 0
      var unused = 0
      for (number, entry) in pack.list.entries.enumerated() {
        if Self.isUsed(entry, number, pack, index, reach) {
          used += UInt64(entry.length)
        } else {
          unused += 1
        }
      }
      if used == 0 {
        plan.removed.append(pack.id)
        result.blobsRemoved += unused
      } else if Double(pack.size - min(used, pack.size)) > Double(pack.size) * unusedShareMax,
        unused > 0
      {
        plan.rewritten.append(pack)
        result.blobsRemoved += unused
        result.bytesAfter += used
      } else {
        plan.kept.append(pack)
        result.bytesAfter += pack.size
      }
    }
    // No index lists these, so no snapshot reaches them.
    plan.removed += sizes.keys
    result.packsRemoved = plan.removed.count
    result.packsRewritten = plan.rewritten.count
    return plan
  }

  /// A blob that stands in two packs is used in the one where readers look for it.
  private static func isUsed(
    _ entry: PackEntry, _ number: Int, _ pack: IndexFile.Pack, _ index: RepositoryIndex,
    _ reach: Reachability
  ) -> Bool {
    guard reach.blobs.contains(entry.id), let found = index.find(entry.id) else { return false }
    return found.pack == pack.id && found.number == number
  }

  /// Writes what is left of half-empty packs into new ones, and one index over everything.
  private func rewrite(
    _ plan: Plan, _ reach: Reachability, _ result: inout PruneResult, _ context: OperationContext
  ) throws(FSError) {
    var file = IndexFile()
    file.packs = plan.kept
    let index = repository.index.withLock { $0 }
    var builders: [String: PackBuilder] = [:]
    for pack in plan.rewritten {
      try context.check("prune")
      let name = ObjectName.pack(pack.id)
      let cluster = pack.list.cluster
      let object = try repository.store.read(name)
      guard try ContentID(of: object) == pack.id else {
        throw FSError(.corrupt, "\(name): damaged, its checksum does not fit")
      }
      var number = 0
      var builder: PackBuilder
      if let begun = builders.removeValue(forKey: cluster) {
        builder = begun
      } else {
        builder = try PackBuilder(cluster: cluster, repository.key)
      }
      try PackReader(object, repository.key, name).forEachBlob(repository.key) {
        (entry, clear) throws(FSError) in
        defer { number += 1 }
        guard Self.isUsed(entry, number, pack, index, reach) else { return }
        let packed = try clear.withBytes { (raw) throws(FSError) in try PackedBytes.pack(raw) }
        try builder.add(
          entry.id, entry.kind, packed: packed, clearBytes: clear.count, needle: entry.needle)
        guard builder.count >= PackBuilder.targetBytes else { return }
        file.packs.append(try store(builder))
        builder = try PackBuilder(cluster: cluster, repository.key)
      }
      builders[cluster] = builder
    }
    for (_, builder) in builders where !builder.isEmpty { file.packs.append(try store(builder)) }
    file.aliases = Self.aliases(index, reach)
    try repository.writeIndex(file)
  }

  private func store(_ builder: PackBuilder) throws(FSError) -> IndexFile.Pack {
    let (object, list) = try builder.finish()
    let id = try ContentID(of: object)
    try repository.store.write(ObjectName.pack(id), object)
    return IndexFile.Pack(id: id, size: UInt64(object.count), list: list)
  }

  /// Needles that are wanted and that no pack list names: all others come with their packs.
  private static func aliases(
    _ index: RepositoryIndex, _ reach: Reachability
  ) -> [String: [IndexFile.Alias]] {
    var aliases: [String: [IndexFile.Alias]] = [:]
    index.forEachNeedle { cluster, needle, blob in
      guard reach.blobs.contains(blob), reach.needles[cluster]?.contains(needle) == true,
        index.find(blob)?.entry.needle != needle
      else { return }
      aliases[cluster, default: []].append(.init(needle: needle, blob: blob))
    }
    return aliases
  }
}
