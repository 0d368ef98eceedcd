/// One component of a path, as SeaweedFS stores it: UTF-8, compared byte by byte.
///
/// Swift's own `String` comparison treats canonically equivalent spellings as equal; a file system
/// must not, so equality, hashing and order here look at the bytes only.
public struct EntryName: Sendable {
  /// The name as text. Always valid UTF-8.
  public let string: String

  /// Longest name in bytes that Linux (`NAME_MAX`) and a default filer accept.
  public static let bytesMax = 255

  /// Wraps a name that is known to be good, such as one read from the database.
  public init(unchecked string: String) {
    self.string = string
  }

  /// Checks a name that comes from an application.
  ///
  /// - Throws: `invalidArgument` for an empty name, `.`/`..`, a slash or a NUL; `nameTooLong` over
  ///   255 bytes. The filer would accept some of these and store a row that nobody finds again.
  public init(checking string: String) throws(FSError) {
    let utf8 = string.utf8
    guard !utf8.isEmpty, string != ".", string != ".." else {
      throw FSError(.invalidArgument, "name is empty or a dot")
    }
    guard utf8.count <= Self.bytesMax else { throw FSError(.nameTooLong, "name over 255 bytes") }
    for byte in utf8 where byte == 0x2f || byte == 0 {
      throw FSError(.invalidArgument, "name contains a slash or a NUL")
    }
    self.string = string
  }

  /// Checks a name given as raw bytes by the kernel.
  ///
  /// - Throws: `illegalSequence` when the bytes are not UTF-8: protobuf strings cannot carry them,
  ///   and replacing bytes silently would rename the user's file.
  public init(checking bytes: UnsafeBufferPointer<UInt8>) throws(FSError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FSError(.illegalSequence, "name is not valid UTF-8")
    }
    try self.init(checking: text)
  }
}

extension EntryName: Hashable, Comparable {
  public static func == (left: EntryName, right: EntryName) -> Bool {
    left.string.utf8.elementsEqual(right.string.utf8)
  }

  public static func < (left: EntryName, right: EntryName) -> Bool {
    left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
  }

  public func hash(into hasher: inout Hasher) {
    var text = string
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension EntryName: CustomStringConvertible, ExpressibleByStringLiteral {
  public var description: String { string }

  public init(stringLiteral value: String) { self.init(unchecked: value) }
}
