public import SwfsCore

/// A row of `filemeta`, exactly as stored.
public struct NamespaceRow: Sendable, Equatable {
  public var dirhash: Int64
  public var directory: [UInt8]
  public var name: [UInt8]
  public var meta: [UInt8]

  public init(dirhash: Int64, directory: [UInt8], name: [UInt8], meta: [UInt8]) {
    self.dirhash = dirhash
    self.directory = directory
    self.name = name
    self.meta = meta
  }

  /// Full path of the entry.
  ///
  /// - Throws: `corrupt` for bytes that no path has.
  public func path() throws(FSError) -> EntryPath {
    guard let parent = String(validating: directory, as: UTF8.self),
      let name = String(validating: name, as: UTF8.self), parent.utf8.first == 0x2f
    else { throw FSError(.corrupt, "a row whose directory or name is no text") }
    do {
      return try EntryPath(normalizing: parent).appending(try EntryName(checking: name))
    } catch {
      throw FSError(.corrupt, "a row whose path is impossible: \(parent)/\(name)", causedBy: error)
    }
  }

  /// - Throws: `corrupt`.
  public func entry() throws(FSError) -> Entry {
    let name = String(decoding: name, as: UTF8.self)
    return try meta.withBytes { (raw) throws(FSError) in
      try EntryDecoder.entry(of: raw, name: EntryName(unchecked: name))
    }
  }
}

/// Tells entries from key-value rows: those of entries are keyed by the hash of their directory.
struct RowClassifier {
  private var directory: [UInt8] = []
  private var hash: Int64?

  mutating func isKeyValue(_ row: NamespaceRow) throws(FSError) -> Bool {
    if hash == nil || row.directory != directory {
      directory = row.directory
      hash = try MD5.directoryHash(row.directory)
    }
    return row.dirhash != hash
  }
}

/// Where a key of the filers' key-value store stands in the table.
struct KeyValueKey: Hashable {
  let dirhash: Int64
  let name: [UInt8]

  init(_ row: NamespaceRow) {
    dirhash = row.dirhash
    name = row.name
  }

  /// The row that holds the truth about a hard link.
  init(hardLinkID id: [UInt8]) {
    let head = id.prefix(8) + [UInt8](repeating: 0, count: max(0, 8 - id.count))
    dirhash = head.reduce(into: Int64(0)) { $0 = $0 << 8 | Int64($1) }
    name = Base64.encode(id.dropFirst(8))
  }
}

enum Base64 {
  /// Standard alphabet with padding.
  static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let alphabet = [UInt8](
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      let group = rest.prefix(3)
      rest = rest.dropFirst(3)
      let word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for index in 0..<4 {
        text.append(
          index <= group.count ? alphabet[Int(word >> UInt32(18 - 6 * index) & 63)] : 0x3d)
      }
    }
    return text
  }
}
