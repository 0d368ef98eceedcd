public import SwfsCore

/// One difference between two snapshots.
public struct SnapshotChange: Sendable, Equatable {
  public enum Kind: String, Sendable {
    case added, removed
    /// Other content.
    case content
    /// The same content with other attributes.
    case attributes
  }

  public var kind: Kind
  public var path: String
}

/// What changed from one snapshot to another. Blocks that both have are not even read.
public struct SnapshotDiff: Sendable {
  private let repository: Repository

  public init(_ repository: Repository) {
    self.repository = repository
  }

  private struct Key: Hashable {
    var directory: [UInt8]
    var name: [UInt8]
  }

  /// Changes in byte order of paths. A hard link counts as changed when its own row has.
  ///
  /// - Throws: `corrupt`.
  public func changes(
    from old: StoredSnapshot, to new: StoredSnapshot, _ context: OperationContext
  ) throws(FSError) -> [SnapshotChange] {
    let oldBlocks = Set(old.snapshot.blocks)
    let newBlocks = Set(new.snapshot.blocks)
    var before = try rows(old.snapshot.blocks.filter { !newBlocks.contains($0) }, context)
    let after = try rows(new.snapshot.blocks.filter { !oldBlocks.contains($0) }, context)
    var changes: [SnapshotChange] = []
    for (key, meta) in after {
      guard let earlier = before.removeValue(forKey: key) else {
        changes.append(.init(kind: .added, path: Self.path(key)))
        continue
      }
      guard earlier != meta else { continue }
      let sameContent = Self.fingerprint(earlier).map { $0 == Self.fingerprint(meta) } ?? false
      changes.append(
        .init(kind: sameContent ? .attributes : .content, path: Self.path(key)))
    }
    for key in before.keys { changes.append(.init(kind: .removed, path: Self.path(key))) }
    return changes.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private func rows(
    _ blocks: [ContentID], _ context: OperationContext
  ) throws(FSError) -> [Key: [UInt8]] {
    var rows: [Key: [UInt8]] = [:]
    var classifier = RowClassifier()
    for block in blocks {
      try context.check("the comparison")
      let bytes = try repository.blob(block)
      try NamespaceBlock.forEachRow(bytes, "block \(block.short)") { (row) throws(FSError) in
        guard try !classifier.isKeyValue(row) else { return }
        rows[Key(directory: row.directory, name: row.name)] = row.meta
      }
    }
    return rows
  }

  private static func path(_ key: Key) -> String {
    let directory = String(decoding: key.directory, as: UTF8.self)
    let name = String(decoding: key.name, as: UTF8.self)
    return directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  /// Nil for a row that does not decode.
  private static func fingerprint(_ meta: [UInt8]) -> UInt64? {
    do {
      return try meta.withBytes { (raw) throws(FSError) in
        try EntryDecoder.attributes(of: raw)
      }.attributes.contentFingerprint
    } catch {
      return nil
    }
  }
}
