import SwfsCore

/// Where every blob is and which needle is which blob: all indexes together, in memory (about 150
/// bytes for each needle).
struct RepositoryIndex {
  struct Location {
    /// Place in `packs`.
    var pack: UInt32
    /// Number of the blob in its pack.
    var number: UInt32
  }

  private(set) var packs: [IndexFile.Pack] = []
  private var packNumbers: [ContentID: UInt32] = [:]
  private var blobs: [ContentID: Location] = [:]
  private var needles: [String: [FileID: ContentID]] = [:]

  mutating func add(_ file: IndexFile) {
    for pack in file.packs { add(pack) }
    for (cluster, aliases) in file.aliases { add(aliases, cluster) }
  }

  mutating func add(_ pack: IndexFile.Pack) {
    guard packNumbers[pack.id] == nil, let number = UInt32(exactly: packs.count) else { return }
    packs.append(pack)
    packNumbers[pack.id] = number
    for (index, entry) in pack.list.entries.enumerated() {
      blobs[entry.id] = Location(pack: number, number: UInt32(truncatingIfNeeded: index))
      if let needle = entry.needle { needles[pack.list.cluster, default: [:]][needle] = entry.id }
    }
  }

  mutating func add(_ aliases: [IndexFile.Alias], _ cluster: String) {
    for alias in aliases { needles[cluster, default: [:]][alias.needle] = alias.blob }
  }

  func contains(pack: ContentID) -> Bool { packNumbers[pack] != nil }
  func contains(_ blob: ContentID) -> Bool { blobs[blob] != nil }

  /// The blob of a needle, when its bytes are there.
  func blob(of needle: FileID, in cluster: String) -> ContentID? {
    guard let id = needles[cluster]?[needle], blobs[id] != nil else { return nil }
    return id
  }

  /// The pack that holds a blob, the blob's number in it, and its entry.
  func find(_ blob: ContentID) -> (pack: ContentID, number: Int, entry: PackEntry)? {
    guard let location = blobs[blob] else { return nil }
    let pack = packs[Int(location.pack)]
    let number = Int(location.number)
    return (pack.id, number, pack.list.entries[number])
  }

  /// Clusters and needles known, in no order.
  func forEachNeedle(_ body: (String, FileID, ContentID) -> Void) {
    for (cluster, map) in needles { for (needle, blob) in map { body(cluster, needle, blob) } }
  }

  var blobCount: Int { blobs.count }
}
