import SwfsCore

/// What makes two trees different, found without keeping the trees: about 100 bytes an entry of the
/// first one. A value.
struct TreeDifference {
  /// Which parts of an entry are not the same.
  struct Change: OptionSet, Hashable, Sendable {
    let rawValue: Int
    static let type = Change(rawValue: 1)
    static let content = Change(rawValue: 2)
    static let mode = Change(rawValue: 4)
    static let owner = Change(rawValue: 8)
    static let mtime = Change(rawValue: 16)
    static let attributes = Change(rawValue: 32)

    var words: [String] {
      let all: [(Change, String)] = [
        (.type, "type"), (.content, "content"), (.mode, "mode"), (.owner, "owner"),
        (.mtime, "mtime"), (.attributes, "attributes"),
      ]
      return all.filter { contains($0.0) }.map(\.1)
    }
  }

  /// An entry, as far as it is compared.
  struct Print: Equatable {
    var content: UInt64
    var attributes: UInt64
    var mtime: Timestamp
    var mode: UInt16
    var kind: FileKind
    var uid: UInt32
    var gid: UInt32

    /// Times of status change and access, inode numbers and names of servers say nothing about what
    /// a file is, and are left out.
    init(_ entry: Entry) throws(FSError) {
      let stat = try entry.fileAttributes()
      content = stat.contentFingerprint
      mtime = stat.mtime
      mode = stat.mode.permissions
      kind = stat.kind
      uid = stat.uid
      gid = stat.gid
      var print = ContentFingerprint()
      for (key, value) in entry.extended.sorted(by: { $0.key < $1.key }) {
        print.combine(bytes: key.utf8)
        print.combine(UInt64(value.count))
        print.combine(bytes: value)
      }
      print.combine(bytes: entry.attributes.symlinkTarget.utf8)
      print.combine(UInt64(stat.rdev))
      print.combine(bytes: entry.hardLinkID)
      print.combine(bytes: entry.attributes.mime.utf8)
      print.combine(UInt64(UInt32(bitPattern: stat.ttlSeconds)))
      attributes = print.value
    }

    func changes(to other: Print) -> Change {
      var result: Change = []
      if kind != other.kind { result.insert(.type) }
      // A directory has no content, whatever its row says.
      if content != other.content && !(kind == .directory && other.kind == .directory) {
        result.insert(.content)
      }
      if mode != other.mode { result.insert(.mode) }
      if uid != other.uid || gid != other.gid { result.insert(.owner) }
      if mtime != other.mtime { result.insert(.mtime) }
      if attributes != other.attributes { result.insert(.attributes) }
      return result
    }
  }

  /// Two hashes of a path: for two paths to be taken for one, both would have to collide.
  struct PathKey: Hashable {
    var first: UInt64
    var second: UInt64

    init(_ path: EntryPath) {
      var a = ContentFingerprint()
      var b = ContentFingerprint()
      b.combine(0x9e37_79b9_7f4a_7c15)
      for byte in path.string.utf8 {
        a.combine(UInt64(byte))
        b.combine(UInt64(byte) &+ 0x100)
      }
      first = a.value
      second = b.value
    }
  }

  enum Finding: Equatable {
    case added
    case changed(Change)
  }

  private var left: [PathKey: Print] = [:]
  /// What is not compared, such as times that a copy does not keep.
  let ignoring: Change

  init(ignoring: Change = []) { self.ignoring = ignoring }

  /// Takes an entry of the first tree.
  mutating func addLeft(_ path: EntryPath, _ entry: Entry) throws(FSError) {
    left[PathKey(path)] = try Print(entry)
  }

  /// Compares an entry of the second tree; nil when it is the same. Each path may come once.
  mutating func compareRight(_ path: EntryPath, _ entry: Entry) throws(FSError) -> Finding? {
    guard let mine = left.removeValue(forKey: PathKey(path)) else { return .added }
    let changes = mine.changes(to: try Print(entry)).subtracting(ignoring)
    return changes.isEmpty ? nil : .changed(changes)
  }

  /// Entries of the first tree that the second did not have.
  var remaining: Int { left.count }

  func isRemaining(_ path: EntryPath) -> Bool { left[PathKey(path)] != nil }
}
