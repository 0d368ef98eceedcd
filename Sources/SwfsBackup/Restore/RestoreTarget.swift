public import SwfsCore

/// Where a restore writes to. Thread-safe; paths are those of the target.
public protocol RestoreTarget: Sendable {
  /// For messages.
  var location: String { get }

  /// What stands at a path now.
  func existing(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> ExistingEntry?

  /// Makes a directory that is not there. The parent is.
  func makeDirectory(
    _ path: EntryPath, _ entry: Entry, _ content: RestoreContent, _ context: OperationContext
  ) throws(FSError)

  /// Gives a directory its attributes after everything in it has been written.
  func finishDirectory(
    _ path: EntryPath, _ entry: Entry, _ context: OperationContext) throws(FSError)

  /// Writes everything that is no directory, complete or not at all, in place of `replacing`.
  ///
  /// - Parameter links: set for a name of a hard link.
  /// - Throws: `exists` when something has appeared meanwhile.
  func write(
    _ path: EntryPath, _ entry: Entry, _ content: RestoreContent, replacing: ExistingEntry?,
    links: LinkGroup?, _ context: OperationContext) throws(FSError)
}

/// What a target knows about something that is there.
public struct ExistingEntry: Sendable {
  public var kind: FileKind
  public var size: UInt64
  public var mtime: Timestamp
  /// Of a cluster: the entry.
  public var entry: Entry?

  public init(kind: FileKind, size: UInt64, mtime: Timestamp, entry: Entry? = nil) {
    self.kind = kind
    self.size = size
    self.mtime = mtime
    self.entry = entry
  }
}

/// Names of one file that are restored together.
public struct LinkGroup: Sendable {
  /// Different for each file, snapshot and target, and the same when a restore is repeated.
  public var id: [UInt8]
  /// A name that has been written already; nil for the first one.
  public var first: EntryPath?
  /// Names in the end.
  public var count: Int32
}

/// The content of one file in the snapshot.
public struct RestoreContent: Sendable {
  let tree: SnapshotTree
  let entry: Entry

  /// Chunks with data, in the order in which they have to be laid over each other: later ones hide
  /// earlier ones.
  ///
  /// - Throws: `notFound`, `corrupt`.
  func layers() throws(FSError) -> [Chunk] {
    let leaves = try tree.leaves(of: entry).filter { $0.size > 0 }
    for chunk in leaves where chunk.end == nil {
      throw FSError(.corrupt, "a chunk at \(chunk.offset) of \(chunk.size) bytes")
    }
    // Of equal order keys the one that starts first wins, then the one that is first in the list.
    return leaves.enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      if a.modifiedNanoseconds != b.modifiedNanoseconds {
        return a.modifiedNanoseconds < b.modifiedNanoseconds
      }
      return a.offset != b.offset ? a.offset > b.offset : left.offset > right.offset
    }.map(\.element)
  }

  /// Data chunks in the order of the list.
  func leaves() throws(FSError) -> [Chunk] { try tree.leaves(of: entry) }

  func bytes(of chunk: Chunk) throws(FSError) -> ArraySlice<UInt8> { try tree.bytes(of: chunk) }
}
