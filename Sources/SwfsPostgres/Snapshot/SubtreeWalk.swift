internal import SwfsCore

/// Decides how a subtree is read: which directories to ask for next, and when a scan of the whole table
/// is the cheaper way to the rest. A value; `NamespaceSnapshot` does the reading.
struct SubtreeWalk {
  struct Directory: Equatable {
    var path: EntryPath
    var hash: Int64
  }

  /// Directories asked for in one statement.
  static let directoriesPerStatement = 256
  /// A subtree of this size is always walked. By measurement a row costs a walk about four times what
  /// it costs a scan, so a walk that goes on to an eighth of the table wastes half a scan at most.
  static let rowsAlways = 50_000
  static let tableShareMax: Int64 = 8
  /// Bounds the memory of directories that are still to be asked for.
  static let frontierMax = 200_000
  /// An ordered walk has to keep its rows until all are there.
  static let keptBytesMax = 64 << 20

  private let order: NamespaceOrder
  private let rowsMax: Int
  private var frontier: [Directory] = []
  private var asked: [Directory] = []
  private var rows = 0
  private var kept: [Kept] = []
  private var keptBytes = 0
  /// Hashes of directories whose entries have all been handed out.
  private(set) var done: Set<Int64> = []
  /// The rest, or in an ordered read everything, has to come from a scan.
  private(set) var isUnfinished = false

  private struct Kept {
    var directory: EntryPath
    var name: EntryName
    var bytes: [UInt8]
    var isDanglingLink: Bool
  }

  init(root: EntryPath, order: NamespaceOrder, estimatedRows: Int64) throws(FSError) {
    self.order = order
    let share = Int(clamping: estimatedRows / Self.tableShareMax)
    rowsMax = order == .any ? max(Self.rowsAlways, share) : Self.rowsAlways
    frontier = [Directory(path: root, hash: try DirectoryHash.of(root))]
  }

  /// The next directories to ask for, the latest found first, so that few wait; nil at the end.
  mutating func next() -> [Directory]? {
    if order == .any { for directory in asked { done.insert(directory.hash) } }
    asked = []
    if frontier.isEmpty { return nil }
    if rows > rowsMax || frontier.count > Self.frontierMax || keptBytes > Self.keptBytesMax {
      isUnfinished = true
      kept = []
      frontier = []
      return nil
    }
    asked = Array(frontier.suffix(Self.directoriesPerStatement))
    frontier.removeLast(asked.count)
    return asked
  }

  /// Notes an entry. Returns whether it is kept for `sorted`; otherwise it is to be handed out now.
  mutating func take(_ row: NamespaceRow) throws(FSError) -> Bool {
    rows += 1
    if row.isDirectory, !isTooMuch {
      let path = row.path
      frontier.append(Directory(path: path, hash: try DirectoryHash.of(path)))
    }
    guard order == .byPath else { return false }
    guard !isTooMuch else { return true }
    kept.append(
      Kept(
        directory: row.directory, name: row.name, bytes: [UInt8](row.bytes),
        isDanglingLink: row.isDanglingLink))
    keptBytes += row.bytes.count + 128
    return true
  }

  /// An ordered read that will be thrown away need not grow any more. The frontier must not be empty
  /// then, or it would look finished.
  private var isTooMuch: Bool {
    order == .byPath && !frontier.isEmpty && (rows > rowsMax || keptBytes > Self.keptBytesMax)
  }

  /// Hands out what an ordered walk has kept.
  mutating func sorted(_ body: (NamespaceRow) throws(FSError) -> Void) throws(FSError) {
    kept.sort { ($0.directory, $0.name) < ($1.directory, $1.name) }
    for row in kept {
      try row.bytes.withTypedBytes { (bytes) throws(FSError) in
        try body(
          NamespaceRow(
            directory: row.directory, name: row.name, bytes: bytes,
            isDanglingLink: row.isDanglingLink))
      }
    }
    kept = []
  }
}

extension NamespaceRow {
  /// Whether other entries can be below this one. A damaged row is no directory to anybody.
  var isDirectory: Bool {
    do throws(FSError) {
      return try EntryDecoder.attributes(of: bytes).attributes.isDirectory
    } catch {
      return false
    }
  }
}
