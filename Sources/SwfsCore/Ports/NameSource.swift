/// The names plane: reads of the namespace. Implemented over SQL and over filer gRPC, which must give
/// equal answers for every kind of entry.
///
/// Thread-safe; calls block up to the context's deadline.
public protocol NameSource: Sendable {
  /// The entry at a path, hard links resolved to the authoritative copy, expired ones not found.
  ///
  /// The root `/` yields a synthetic directory entry.
  ///
  /// - Throws: `notFound`; `corrupt` when the row cannot be decoded; `unavailable`, `timedOut`,
  ///   `interrupted`.
  func lookup(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry

  /// One page of a directory in strictly ascending byte order of names, after `after`.
  ///
  /// A missing directory looks like an empty one. Expired entries are left out.
  func list(
    _ directory: EntryPath, after: EntryName?, limit: Int, _ context: OperationContext
  ) throws(FSError) -> ListingPage

  /// First pages of many directories at once, for walks; the order of results is that of the
  /// request.
  func list(
    many directories: [EntryPath], limitEach: Int, _ context: OperationContext
  ) throws(FSError) -> [ListingPage]
}

extension NameSource {
  /// Sources that know no better ask one by one.
  public func list(
    many directories: [EntryPath], limitEach: Int, _ context: OperationContext
  ) throws(FSError) -> [ListingPage] {
    var pages: [ListingPage] = []
    for directory in directories {
      pages.append(try list(directory, after: nil, limit: limitEach, context))
    }
    return pages
  }
}

/// One directory entry of a listing.
public struct ListingRow: Sendable, Equatable {
  public var name: EntryName
  public var content: Content

  public init(name: EntryName, content: Content) {
    self.name = name
    self.content = content
  }

  /// Attributes, or why they cannot be known. A corrupt row must not hide its neighbours.
  public enum Content: Sendable, Equatable {
    case attributes(FileAttributes)
    case corrupt(reason: String)
  }
}

/// A page of a listing.
public struct ListingPage: Sendable, Equatable {
  public var rows: [ListingRow]
  /// Where to go on: the last name the source looked at, which may be one it left out.
  public var lastName: EntryName?
  /// No names after this page at the time it was read.
  public var isLast: Bool

  public init(rows: [ListingRow], lastName: EntryName?, isLast: Bool) {
    self.rows = rows
    self.lastName = lastName
    self.isLast = isLast
  }
}
