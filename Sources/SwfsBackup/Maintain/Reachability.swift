import SwfsCore
import Synchronization

/// Everything that snapshots reach.
struct Reachability {
  private(set) var blobs = Set<ContentID>()
  /// Needles by cluster.
  private(set) var needles: [String: Set<FileID>] = [:]
  /// What snapshots reach and the repository does not have, with where it was met.
  private(set) var problems: [String] = []

  private var seenBlocks: [String: Set<ContentID>] = [:]

  /// Adds what a snapshot reaches.
  ///
  /// - Throws: what keeps the repository from being read; damage is a problem, not an error.
  mutating func add(
    _ stored: StoredSnapshot, _ repository: Repository, _ context: OperationContext
  ) throws(FSError) {
    let snapshot = stored.snapshot
    let excused = Set(snapshot.missing.map(\.needle))
    for block in snapshot.blocks {
      try context.check("reading snapshot \(stored.id.short)")
      guard seenBlocks[snapshot.cluster, default: []].insert(block).inserted else { continue }
      blobs.insert(block)
      do throws(FSError) {
        let rows = try repository.blob(block)
        var classifier = RowClassifier()
        try NamespaceBlock.forEachRow(rows, "block \(block.short)") { (row) throws(FSError) in
          try add(row, &classifier, snapshot.cluster, excused, repository)
        }
      } catch {
        guard error.code == .corrupt || error.code == .notFound else { throw error }
        problems.append("snapshot \(stored.id.short): \(error.description)")
      }
    }
  }

  private mutating func add(
    _ row: NamespaceRow, _ classifier: inout RowClassifier, _ cluster: String,
    _ excused: Set<String>, _ repository: Repository
  ) throws(FSError) {
    let isKeyValue = try classifier.isKeyValue(row)
    let entry: Entry
    // Reported when the snapshot was made: its list of missing needles has it.
    do { entry = try row.entry() } catch { return }
    guard !isKeyValue || KeyValueKey(hardLinkID: entry.hardLinkID) == KeyValueKey(row),
      !entry.chunks.isEmpty
    else { return }
    do throws(FSError) {
      var found: [FileID] = []
      let leaves = try ManifestExpansion.leaves(entry.chunks, in: cluster, repository) {
        found.append($0)
      }
      found += leaves.compactMap { $0.fid ?? FileID($0.fileIDText) }
      for fid in found {
        guard needles[cluster, default: []].insert(fid).inserted else { continue }
        if let blob = repository.index.withLock({ $0.blob(of: fid, in: cluster) }) {
          blobs.insert(blob)
        } else if !excused.contains(fid.description), entry.attributes.ttlSeconds == 0 {
          problems.append("\(Self.text(row)): needle \(fid) is not in the repository")
        }
      }
    } catch {
      guard error.code == .corrupt || error.code == .notFound else { throw error }
      // Needles behind a manifest that is gone were never here.
      let isExcused = entry.chunks.contains { chunk in
        chunk.isManifest && excused.contains(chunk.fid?.description ?? chunk.fileIDText)
      }
      if !isExcused { problems.append("\(Self.text(row)): \(error.description)") }
      for chunk in entry.chunks {
        guard let fid = chunk.fid else { continue }
        needles[cluster, default: []].insert(fid)
        if let blob = repository.index.withLock({ $0.blob(of: fid, in: cluster) }) {
          blobs.insert(blob)
        }
      }
    }
  }

  private static func text(_ row: NamespaceRow) -> String {
    String(decoding: row.directory + [0x2f] + row.name, as: UTF8.self)
  }
}
