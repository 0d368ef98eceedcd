import SwfsCore

/// Finds entries whose directory does not exist, at the price of 16 bytes a directory. A value.
struct ParentTally {
  private var directories: Set<UInt64> = []
  private var parents: [UInt64: Int] = [:]
  private var last: (path: EntryPath, hash: UInt64)?

  init() { directories.insert(Self.hash(.root)) }

  mutating func add(_ directory: EntryPath, _ name: EntryName, isDirectory: Bool) {
    let hash: UInt64
    if let last, last.path == directory {
      hash = last.hash
    } else {
      hash = Self.hash(directory)
      last = (directory, hash)
    }
    parents[hash, default: 0] += 1
    if isDirectory { directories.insert(Self.hash(directory.appending(name))) }
  }

  var hasOrphans: Bool { parents.keys.contains { !directories.contains($0) } }

  /// How many entries are in a directory that does not exist; 0 for one that does.
  func orphans(in directory: EntryPath) -> Int {
    let hash = Self.hash(directory)
    return directories.contains(hash) ? 0 : parents[hash] ?? 0
  }

  private static func hash(_ path: EntryPath) -> UInt64 {
    var hash = ContentFingerprint()
    hash.combine(bytes: path.string.utf8)
    return hash.value
  }
}
