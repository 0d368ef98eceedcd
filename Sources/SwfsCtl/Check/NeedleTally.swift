import SwfsCore

/// Finds needles that several files use, at the price of about 32 bytes a chunk. A value.
struct NeedleTally {
  private var owners: [NeedleOwners.Needle: UInt64] = [:]
  private var sharedNeedles: Set<NeedleOwners.Needle> = []

  mutating func add(_ path: EntryPath, _ entry: Entry) {
    let owner = NeedleOwners.owner(path, entry)
    for chunk in entry.chunks {
      guard let needle = NeedleOwners.Needle(chunk) else { continue }
      if let known = owners.updateValue(owner, forKey: needle), known != owner {
        sharedNeedles.insert(needle)
      }
    }
  }

  var hasShared: Bool { !sharedNeedles.isEmpty }

  func shared(in entry: Entry) -> [FileID] {
    entry.chunks.compactMap { chunk in
      guard let needle = NeedleOwners.Needle(chunk), sharedNeedles.contains(needle) else {
        return nil
      }
      return chunk.fid
    }
  }
}
