import SwfsCore

/// Sums up entries by the directory, at most `depth` levels below the start, that they are in.
///
/// Memory grows with the directories shown, not with the entries.
struct UsageTable {
  struct Usage: Equatable {
    var files = 0
    var directories = 0
    var others = 0
    /// Sum of file sizes as `stat` shows them.
    var bytes: UInt64 = 0
  }

  private let root: EntryPath
  private let depth: Int
  private(set) var usage: [EntryPath: Usage] = [:]
  /// Names of a file beyond the first, which take no space of their own.
  private var seenLinks: Set<[UInt8]> = []
  private var last: (directory: EntryPath, shown: EntryPath)?

  init(root: EntryPath, depth: Int) {
    self.root = root
    self.depth = depth
    usage[root] = Usage()
  }

  mutating func add(_ directory: EntryPath, _ name: EntryName, _ attributes: FileAttributes) {
    let shown: EntryPath
    if let last, last.directory == directory {
      shown = last.shown
    } else {
      shown = place(of: directory)
      last = (directory, shown)
    }
    // A directory shown on its own line counts there and not in its parent's.
    let own = attributes.isDirectory ? place(of: directory.appending(name)) : shown
    update(own, attributes)
  }

  private mutating func update(_ place: EntryPath, _ attributes: FileAttributes) {
    var isFirstName = true
    if let link = attributes.hardLinkID { isFirstName = seenLinks.insert(link).inserted }
    var value = usage[place] ?? Usage()
    switch attributes.kind {
    case .regular: value.files += 1
    case .directory: value.directories += 1
    default: value.others += 1
    }
    if isFirstName && attributes.kind != .symlink { value.bytes &+= attributes.size }
    usage[place] = value
  }

  /// The directory shown that stands for a directory.
  private func place(of directory: EntryPath) -> EntryPath {
    guard let relative = directory.relative(to: root) else { return root }
    let components = relative.components.prefix(depth)
    return components.reduce(root) { $0.appending($1) }
  }

  /// Every directory shown with everything below it added up, parents before children.
  func totals() -> [(path: EntryPath, usage: Usage)] {
    var sums = usage
    // Children first, so that each is complete when it is added to its parent.
    for path in usage.keys.sorted(by: { $0.components.count > $1.components.count })
    where path != root {
      let parent = path.parent
      guard let mine = sums[path] else { continue }
      var theirs = sums[parent] ?? Usage()
      theirs.files += mine.files
      theirs.directories += mine.directories
      theirs.others += mine.others
      theirs.bytes &+= mine.bytes
      sums[parent] = theirs
    }
    return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
