/// An absolute path in the filer's namespace: `/`, or components without a trailing slash.
///
/// Compared byte by byte, like `EntryName`.
public struct EntryPath: Sendable {
  public let string: String

  public static let root = EntryPath(unchecked: "/")

  /// Wraps a path that is known to be normal.
  public init(unchecked string: String) {
    self.string = string
  }

  /// Normalises a path given by a person: a leading slash is added, doubled and trailing slashes go.
  ///
  /// - Throws: `invalidArgument` for `.` and `..` components or a NUL, `nameTooLong` for a component
  ///   over 255 bytes.
  public init(normalizing text: String) throws(FSError) {
    var result = ""
    for part in text.utf8.split(separator: 0x2f) {
      let name = try EntryName(checking: String(Substring(part)))
      result += "/" + name.string
    }
    string = result.isEmpty ? "/" : result
  }

  public var isRoot: Bool { string.utf8.count == 1 }

  /// The directory that holds this entry; the root is its own parent.
  public var parent: EntryPath {
    guard let slash = string.utf8.lastIndex(of: 0x2f), slash != string.startIndex else {
      return .root
    }
    return EntryPath(unchecked: String(string[..<slash]))
  }

  /// The last component; empty for the root.
  public var name: EntryName {
    guard let slash = string.utf8.lastIndex(of: 0x2f) else { return EntryName(unchecked: string) }
    return EntryName(unchecked: String(string[string.utf8.index(after: slash)...]))
  }

  public func appending(_ name: EntryName) -> EntryPath {
    EntryPath(unchecked: isRoot ? "/" + name.string : string + "/" + name.string)
  }

  /// Appends a whole path below this one: `/a` + `/b/c` is `/a/b/c`.
  public func appending(_ path: EntryPath) -> EntryPath {
    if path.isRoot { return self }
    return isRoot ? path : EntryPath(unchecked: string + path.string)
  }

  /// The path relative to `base` (`/` when equal), or nil when it is not at or below `base`.
  public func relative(to base: EntryPath) -> EntryPath? {
    if base.isRoot { return self }
    let mine = string.utf8
    let theirs = base.string.utf8
    guard mine.starts(with: theirs) else { return nil }
    if mine.count == theirs.count { return .root }
    let rest = mine.dropFirst(theirs.count)
    guard rest.first == 0x2f else { return nil }
    return EntryPath(unchecked: String(Substring(rest)))
  }

  /// The components from the root down.
  public var components: [EntryName] {
    string.utf8.split(separator: 0x2f).map { EntryName(unchecked: String(Substring($0))) }
  }
}

extension EntryPath: Hashable, Comparable {
  public static func == (left: EntryPath, right: EntryPath) -> Bool {
    left.string.utf8.elementsEqual(right.string.utf8)
  }

  public static func < (left: EntryPath, right: EntryPath) -> Bool {
    left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
  }

  public func hash(into hasher: inout Hasher) {
    var text = string
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension EntryPath: CustomStringConvertible, ExpressibleByStringLiteral {
  public var description: String { string }

  public init(stringLiteral value: String) { self.init(unchecked: value) }
}
