import SwfsCore
import SwfsPostgres

/// Which needles of an import other files of the live namespace use by now: a file that was renamed
/// since the export, for instance. Two files with one needle are a trap: deleting one destroys the other.
struct NeedleOwners {
  /// A needle's place; the cookie belongs to it.
  struct Needle: Hashable {
    var volume: UInt32
    var key: UInt64

    init?(_ chunk: Chunk) {
      guard let fid = chunk.fid else { return nil }
      volume = fid.volume
      key = fid.key
    }
  }

  /// Needles of the import, each with a hash of the path or link that may use it.
  private var wanted: [Needle: UInt64] = [:]
  /// Needles that somebody else uses, and who.
  private(set) var conflicts: [Needle: EntryPath] = [:]

  mutating func want(_ record: EntryRecord) {
    let owner = Self.owner(record.path, record.entry)
    for chunk in record.entry.chunks {
      if let needle = Needle(chunk) { wanted[needle] = owner }
    }
  }

  mutating func see(_ path: EntryPath, _ entry: Entry) {
    guard !entry.chunks.isEmpty else { return }
    let owner = Self.owner(path, entry)
    for chunk in entry.chunks {
      guard let needle = Needle(chunk), let mine = wanted[needle], mine != owner else { continue }
      conflicts[needle] = path
    }
  }

  /// The live file that has a needle of this record.
  func conflict(_ record: EntryRecord) -> EntryPath? {
    if conflicts.isEmpty { return nil }
    for chunk in record.entry.chunks {
      if let needle = Needle(chunk), let path = conflicts[needle] { return path }
    }
    return nil
  }

  /// Names of one file share its needles by right.
  static func owner(_ path: EntryPath, _ entry: Entry) -> UInt64 {
    var hash = ContentFingerprint()
    if entry.hardLinkID.isEmpty {
      hash.combine(bytes: path.string.utf8)
    } else {
      hash.combine(1)
      hash.combine(bytes: entry.hardLinkID)
    }
    return hash.value
  }
}
