import SwfsCore
import Synchronization

/// Decides which needles of a row have to be fetched: those that no index lists and that nobody has
/// asked for in this run.
struct NeedlePlan {
  private let repository: Repository
  private let cluster: String
  private let copier: NeedleCopier
  private var classifier = RowClassifier()
  private var asked = Set<FileID>()
  /// Files with chunks whose address makes no sense.
  private(set) var missing: [Snapshot.MissingNeedle] = []

  init(_ repository: Repository, cluster: String, _ copier: NeedleCopier) {
    self.repository = repository
    self.cluster = cluster
    self.copier = copier
  }

  mutating func add(_ row: NamespaceRow) throws(FSError) {
    let isKeyValue = try classifier.isKeyValue(row)
    let entry: Entry
    do { entry = try row.entry() } catch {
      // Keys of the filers' own need not be entries; a row that should be one is reported.
      guard error.code == .corrupt else { throw error }
      if !isKeyValue {
        missing.append(
          .init(path: Self.text(row), needle: "", reason: "the row does not decode"))
      }
      return
    }
    // The truth of a hard link stands in a key-value row, which names the link's own id.
    guard !isKeyValue || KeyValueKey(hardLinkID: entry.hardLinkID) == KeyValueKey(row) else {
      return
    }
    guard !entry.chunks.isEmpty else { return }
    let path = isKeyValue ? "(hard link)" : Self.text(row)
    let end = Expiry.lastSecond(
      ttlSeconds: entry.attributes.ttlSeconds, kind: entry.attributes.mode.kind,
      crtime: entry.attributes.crtime, mtime: entry.attributes.mtime,
      hasS3Expiry: entry.extended[Expiry.s3Key] != nil,
      isS3Version: entry.extended[Expiry.s3VersionKey] != nil, hasRemote: entry.remote != nil)
    try add(entry.chunks, path: path, lastSecond: end, depth: 0)
  }

  private mutating func add(
    _ chunks: [Chunk], path: String, lastSecond: Int64?, depth: Int
  ) throws(FSError) {
    for chunk in chunks {
      guard let fid = chunk.fid ?? FileID(chunk.fileIDText) else {
        missing.append(
          .init(path: path, needle: chunk.fileIDText, reason: "the file id makes no sense"))
        continue
      }
      guard asked.insert(fid).inserted else { continue }
      let isKnown = repository.index.withLock { $0.blob(of: fid, in: cluster) } != nil
      let job = NeedleCopier.Job(chunk: chunk, fid: fid, path: path, lastSecond: lastSecond)
      guard chunk.isManifest else {
        if !isKnown { try copier.add(job) }
        continue
      }
      guard depth < ManifestExpansion.depthMax else {
        missing.append(
          .init(path: path, needle: fid.description, reason: "manifests nest too deep"))
        continue
      }
      let bytes = isKnown ? try repository.needle(fid, in: cluster) : try copier.fetchNow(job)
      guard let bytes else { continue }
      let leaves: [Chunk]
      do {
        leaves = try bytes.withBytes { (raw) throws(FSError) in try ChunkManifest.chunks(of: raw) }
      } catch {
        missing.append(
          .init(path: path, needle: fid.description, reason: error.description))
        continue
      }
      try add(leaves, path: path, lastSecond: lastSecond, depth: depth + 1)
    }
  }

  private static func text(_ row: NamespaceRow) -> String {
    let directory = String(decoding: row.directory, as: UTF8.self)
    let name = String(decoding: row.name, as: UTF8.self)
    return directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }
}

/// Manifests out of the repository.
enum ManifestExpansion {
  static let depthMax = 8

  /// The chunks that hold data, manifests replaced by what they list.
  ///
  /// - Parameter visit: called with each manifest chunk too.
  /// - Throws: `notFound` when a manifest is not there, `corrupt`.
  static func leaves(
    _ chunks: [Chunk], in cluster: String, _ repository: Repository,
    depth: Int = 0, visit: (FileID) -> Void = { _ in }
  ) throws(FSError) -> [Chunk] {
    guard chunks.contains(where: \.isManifest) else { return chunks }
    guard depth < depthMax else { throw FSError(.corrupt, "manifests nest too deep") }
    var leaves: [Chunk] = []
    for chunk in chunks {
      guard chunk.isManifest else {
        leaves.append(chunk)
        continue
      }
      guard let fid = chunk.fid ?? FileID(chunk.fileIDText) else {
        throw FSError(.corrupt, "a manifest whose file id makes no sense")
      }
      visit(fid)
      let bytes = try repository.needle(fid, in: cluster)
      let listed = try bytes.withBytes { (raw) throws(FSError) in
        try ChunkManifest.chunks(of: raw)
      }
      leaves += try Self.leaves(
        listed, in: cluster, repository, depth: depth + 1, visit: visit)
    }
    return leaves
  }
}
