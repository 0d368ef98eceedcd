import SwfsCore

/// The rows of `filemeta` with the hard-link records beside them. A value without rules: those are in
/// `FilerState`.
struct NameTable {
  enum Row {
    case entry(Entry)
    /// A row whose bytes make no sense.
    case corrupt(String)
  }

  private(set) var rows: [EntryPath: Row] = [:]
  /// Names of each directory in byte order.
  private var children: [EntryPath: [EntryName]] = [:]
  /// The authoritative copy of linked files, by hard-link id.
  var links: [[UInt8]: Entry] = [:]

  func names(in directory: EntryPath) -> [EntryName] { children[directory] ?? [] }

  func hasChildren(_ directory: EntryPath) -> Bool { !(children[directory]?.isEmpty ?? true) }

  mutating func set(_ row: Row, at path: EntryPath) {
    if rows.updateValue(row, forKey: path) == nil {
      let position = Self.position(of: path.name, in: children[path.parent] ?? [])
      children[path.parent, default: []].insert(path.name, at: position)
    }
  }

  @discardableResult
  mutating func remove(_ path: EntryPath) -> Row? {
    guard let row = rows.removeValue(forKey: path) else { return nil }
    let position = Self.position(of: path.name, in: children[path.parent] ?? [])
    children[path.parent]?.remove(at: position)
    if children[path.parent]?.isEmpty ?? false { children[path.parent] = nil }
    return row
  }

  /// Names behind `after`, in order.
  func names(in directory: EntryPath, after: EntryName?) -> ArraySlice<EntryName> {
    let all = names(in: directory)
    guard let after else { return all[...] }
    var position = Self.position(of: after, in: all)
    if position < all.count, all[position] == after { position += 1 }
    return all[position...]
  }

  /// The first index whose name is not before `name`.
  private static func position(of name: EntryName, in names: [EntryName]) -> Int {
    var low = 0
    var high = names.count
    while low < high {
      let middle = (low + high) / 2
      if names[middle] < name { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
