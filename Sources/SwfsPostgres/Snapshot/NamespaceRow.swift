public import SwfsCore

/// One entry of a snapshot. Valid only inside the call that hands it out.
public struct NamespaceRow {
  /// The directory that holds the entry.
  public let directory: EntryPath
  public let name: EntryName
  /// `filer_pb.Entry` for `EntryDecoder`; of a hard link, the authoritative copy.
  public let bytes: UnsafeRawBufferPointer
  /// The row is a hard link's, and the copy behind it is missing: `bytes` may be old.
  public let isDanglingLink: Bool

  public var path: EntryPath { directory.appending(name) }

  /// The whole entry.
  ///
  /// - Throws: `corrupt`, with the path.
  public func entry() throws(FSError) -> Entry {
    do throws(FSError) { return try EntryDecoder.entry(of: bytes, name: name) } catch {
      throw FSError(.corrupt, "row of \(path) in filemeta", causedBy: error)
    }
  }

  /// Attributes only, at a fraction of the price.
  ///
  /// - Throws: `corrupt`, with the path.
  public func attributes() throws(FSError) -> ListedAttributes {
    do throws(FSError) { return try EntryDecoder.attributes(of: bytes) } catch {
      throw FSError(.corrupt, "row of \(path) in filemeta", causedBy: error)
    }
  }
}

/// The order in which a snapshot hands out entries.
public enum NamespaceOrder: Sendable {
  /// As the server finds them.
  case any
  /// By directory, then by name, byte by byte: a directory always comes before what is in it.
  case byPath
}
