public import SwfsCore
import Synchronization

/// How thoroughly to look.
public struct CheckOptions: Sendable {
  /// Share of the packs that are read and decrypted as a whole, 0 … 1.
  public var readDataShare = 0.0

  public init() {}
}

public struct CheckResult: Sendable, Equatable {
  /// What is damaged or missing. Empty: nothing found.
  public var problems: [String] = []
  /// Harmless, but worth a `prune`: what nobody refers to.
  public var notes: [String] = []
  public var snapshots = 0
  public var indexes = 0
  public var packs = 0
  public var packsRead = 0
  public var needles: UInt64 = 0
  public var bytes: UInt64 = 0

  public init() {}

  public var isSound: Bool { problems.isEmpty }
}

/// Looks for damage: every checksum of the structure, that every snapshot finds all it reaches, and
/// on demand every byte of the packs.
public struct RepositoryCheck: Sendable {
  private let repository: Repository
  private let options: CheckOptions

  /// - Parameter repository: may be opened without its index, which this loads as far as it goes.
  public init(_ repository: Repository, _ options: CheckOptions) {
    self.repository = repository
    self.options = options
  }

  /// - Throws: what keeps the store from being read at all; damage is in the result.
  public func run(
    _ context: OperationContext, report: (String) -> Void = { _ in }
  ) throws(FSError) -> CheckResult {
    var result = CheckResult()
    if let trouble = repository.configTrouble { result.problems.append(trouble) }
    report("indexes")
    try checkIndexes(&result, context)
    report("packs")
    try checkPacks(&result, context)
    report("snapshots")
    try checkSnapshots(&result, context)
    if options.readDataShare > 0 {
      report("data")
      try readData(&result, context)
    }
    return result
  }

  /// Runs a step; damage becomes a problem.
  private func problems(in body: () throws(FSError) -> Void) throws(FSError) -> [String] {
    do throws(FSError) { try body() } catch {
      switch error.code {
      case .corrupt, .notFound, .unsupported: return [error.message]
      default: throw error
      }
    }
    return []
  }

  private func checkIndexes(
    _ result: inout CheckResult, _ context: OperationContext
  ) throws(FSError) {
    var loaded = RepositoryIndex()
    for object in try repository.store.list("index") {
      try context.check("the check")
      result.indexes += 1
      guard ObjectName.id(object.name) != nil else {
        result.notes.append("\(object.name): not an object of this repository")
        continue
      }
      result.problems += try problems { () throws(FSError) in
        loaded.add(try repository.readIndex(object.name))
      }
    }
    repository.index.withLock { $0 = loaded }
  }

  private func checkPacks(
    _ result: inout CheckResult, _ context: OperationContext
  ) throws(FSError) {
    var there: [ContentID: UInt64] = [:]
    for object in try repository.store.list("packs") {
      guard let id = ObjectName.id(object.name), ObjectName.pack(id) == object.name else {
        result.notes.append("\(object.name): not an object of this repository")
        continue
      }
      there[id] = object.size
      result.packs += 1
      result.bytes += object.size
    }
    let packs = repository.index.withLock { $0.packs }
    for pack in packs {
      let name = ObjectName.pack(pack.id)
      guard let size = there.removeValue(forKey: pack.id) else {
        result.problems.append("\(name) is gone; \(pack.list.entries.count) blobs with it")
        continue
      }
      if size != pack.size {
        result.problems.append("\(name) has \(size) bytes instead of \(pack.size)")
      }
    }
    for id in there.keys.sorted() {
      result.notes.append("\(ObjectName.pack(id)): no index lists it (a run was broken off)")
    }
  }

  private func checkSnapshots(
    _ result: inout CheckResult, _ context: OperationContext
  ) throws(FSError) {
    var reach = Reachability()
    var notes: [String] = []
    for object in try repository.store.list("snapshots") {
      result.snapshots += 1
      result.problems += try problems { () throws(FSError) in
        let stored = try repository.snapshot(object.name)
        if !stored.snapshot.isWhole {
          notes.append(
            "snapshot \(stored.id.short) was made with \(stored.snapshot.missing.count) needles"
              + " missing")
        }
        try reach.add(stored, repository, context)
      }
    }
    result.notes += notes
    result.problems += reach.problems
    result.needles = reach.needles.values.reduce(0) { $0 + UInt64($1.count) }
  }

  private func readData(
    _ result: inout CheckResult, _ context: OperationContext
  ) throws(FSError) {
    let packs = repository.index.withLock { $0.packs }
    // At least one, so that a small share of a small repository is not nothing.
    let wanted = max(
      Int((Double(packs.count) * min(options.readDataShare, 1)).rounded(.up)), 1)
    for pack in packs.shuffled().prefix(wanted) {
      try context.check("the check")
      let name = ObjectName.pack(pack.id)
      result.packsRead += 1
      result.problems += try problems { () throws(FSError) in
        let object = try repository.store.read(name)
        guard try ContentID(of: object) == pack.id else {
          throw FSError(.corrupt, "\(name): damaged, its checksum does not fit")
        }
        let reader = try PackReader(object, repository.key, name)
        guard reader.list == pack.list else {
          throw FSError(.corrupt, "\(name): its directory is not what the index says")
        }
        try reader.forEachBlob(repository.key) { (_, _) throws(FSError) in
          try context.check("the check")
        }
      }
    }
  }
}
