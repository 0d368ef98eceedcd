public import SwfsCore

/// The entries of a snapshot, hard links resolved.
public struct SnapshotTree: Sendable {
  let repository: Repository
  let snapshot: Snapshot
  /// Key-value rows by key: where the truth of hard links stands.
  private let keyValues: [KeyValueKey: [UInt8]]

  /// Reads the rows once for the key-value ones.
  ///
  /// - Throws: `corrupt`.
  public init(_ snapshot: Snapshot, in repository: Repository) throws(FSError) {
    self.repository = repository
    self.snapshot = snapshot
    var found: [KeyValueKey: [UInt8]] = [:]
    var classifier = RowClassifier()
    try Self.forEachRow(snapshot, repository) { (row) throws(FSError) in
      if try classifier.isKeyValue(row) { found[KeyValueKey(row)] = row.meta }
    }
    keyValues = found
  }

  static func forEachRow(
    _ snapshot: Snapshot, _ repository: Repository,
    _ body: (NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) {
    for block in snapshot.blocks {
      let bytes = try repository.blob(block)
      try NamespaceBlock.forEachRow(bytes, "block \(block.short)", body)
    }
  }

  /// An entry, or why it cannot be had.
  public enum Item: Sendable {
    case entry(EntryPath, Entry)
    case corrupt(path: String, reason: String)
  }

  /// Every entry in the order of the table: not that of a tree.
  public func forEachEntry(_ body: (Item) throws(FSError) -> Void) throws(FSError) {
    var classifier = RowClassifier()
    try Self.forEachRow(snapshot, repository) { (row) throws(FSError) in
      guard try !classifier.isKeyValue(row) else { return }
      let item: Item
      do throws(FSError) {
        let path = try row.path()
        item = .entry(path, try resolved(try row.entry()))
      } catch {
        guard error.code == .corrupt else { throw error }
        let directory = String(decoding: row.directory, as: UTF8.self)
        let name = String(decoding: row.name, as: UTF8.self)
        item = .corrupt(path: directory + "/" + name, reason: error.description)
      }
      try body(item)
    }
  }

  private func resolved(_ entry: Entry) throws(FSError) -> Entry {
    guard !entry.hardLinkID.isEmpty,
      let truth = keyValues[KeyValueKey(hardLinkID: entry.hardLinkID)]
    else { return entry }
    return try truth.withBytes { (raw) throws(FSError) in
      try EntryDecoder.entry(of: raw, name: entry.name)
    }
  }

  /// The chunks of an entry with data, manifests expanded.
  ///
  /// - Throws: `notFound`, `corrupt`.
  func leaves(of entry: Entry) throws(FSError) -> [Chunk] {
    try ManifestExpansion.leaves(entry.chunks, in: snapshot.cluster, repository)
  }

  /// The bytes that a chunk takes from its needle.
  ///
  /// - Throws: `notFound` when the repository does not have the needle; `corrupt`.
  func bytes(of chunk: Chunk) throws(FSError) -> ArraySlice<UInt8> {
    guard let fid = chunk.fid ?? FileID(chunk.fileIDText) else {
      throw FSError(.corrupt, "a chunk whose file id makes no sense: \(chunk.fileIDText)")
    }
    let needle = try repository.needle(fid, in: snapshot.cluster)
    // SSE needles are longer or shorter than the clear bytes that `size` counts.
    guard chunk.sseType == 0 else { return needle[...] }
    guard let size = Int(exactly: chunk.size), size <= needle.count else {
      throw FSError(.corrupt, "needle \(fid) has \(needle.count) bytes, its chunk \(chunk.size)")
    }
    return needle[..<size]
  }
}
