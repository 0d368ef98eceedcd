/// The changes plane: every write to the namespace, through any filer.
///
/// Implementations retry and fail over until the context's deadline, so an error here is final.
/// They suppress the echo of their own changes on the `ChangeFeed`. Thread-safe; calls block.
public protocol NamespaceStore: Sendable {
  /// Makes a new entry. The parent directory must exist (the filer would make it silently; callers
  /// check). `precondition` guards against whoever was faster.
  ///
  /// A lost answer is resolved by reading back: success means that this entry is there.
  ///
  /// - Throws: `exists` when `.absent` was asked and something is there; `preconditionFailed` for
  ///   `.equal`; `isDirectory`/`notDirectory` when the kinds clash; `nameTooLong`; `readOnly`.
  func create(
    _ entry: Entry, in directory: EntryPath, precondition: WritePrecondition,
    _ context: OperationContext) throws(FSError)

  /// Replaces an existing entry as a whole. Needles missing from the new chunk list are freed by the
  /// filer, so anything but `.equal` may destroy another writer's data.
  ///
  /// - Throws: `notFound`, `preconditionFailed`.
  func update(
    _ entry: Entry, in directory: EntryPath, precondition: WritePrecondition,
    _ context: OperationContext) throws(FSError)

  /// Removes a name. A missing name is success.
  ///
  /// - Parameter freeChunks: false leaves the needles alone (a file that is still open here).
  /// - Throws: `notEmpty` for a directory with children unless `recursive`.
  func delete(
    _ path: EntryPath, recursive: Bool, freeChunks: Bool, _ context: OperationContext
  ) throws(FSError)

  /// Moves an entry, replacing a file at the target. Callers check kinds, emptiness and links before:
  /// filer 4.48 leaks a database transaction when the target is a directory with children.
  ///
  /// A lost answer is resolved by looking at both names.
  func rename(
    _ source: EntryPath, to target: EntryPath, _ context: OperationContext) throws(FSError)

  /// Reads the entry from a filer, never from SQL: what a guarded write is compared with.
  ///
  /// - Throws: `notFound`.
  func current(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry

  /// Has a filer copy a remote-only object into the cluster; returns the entry with its chunks.
  func materializeRemote(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry

  /// Space of the cluster in bytes, for `statfs`.
  func statistics(_ context: OperationContext) throws(FSError) -> SpaceStatistics

  /// What the filers are configured to.
  func configuration(_ context: OperationContext) throws(FSError) -> FilerConfiguration
}

/// What must be true of the stored entry for a write to happen.
public enum WritePrecondition: Sendable, Equatable {
  /// Last writer wins: only for entries that nobody else can know.
  case none
  /// Nothing is stored under that name.
  case absent
  /// The stored entry equals this one in every field.
  case equal(Entry)
}

public struct SpaceStatistics: Sendable, Equatable {
  public var totalBytes: UInt64
  public var usedBytes: UInt64
  public var fileCount: UInt64

  public init(totalBytes: UInt64, usedBytes: UInt64, fileCount: UInt64) {
    self.totalBytes = totalBytes
    self.usedBytes = usedBytes
    self.fileCount = fileCount
  }
}

public struct FilerConfiguration: Sendable, Equatable {
  public var masters: [String]
  public var replication: String
  public var collection: String
  public var bucketsDirectory: String
  /// Clients are asked to encrypt what they write.
  public var encryptsVolumeData: Bool
  public var signature: Int32
  public var version: String

  public init(
    masters: [String], replication: String, collection: String, bucketsDirectory: String,
    encryptsVolumeData: Bool, signature: Int32, version: String
  ) {
    self.masters = masters
    self.replication = replication
    self.collection = collection
    self.bucketsDirectory = bucketsDirectory
    self.encryptsVolumeData = encryptsVolumeData
    self.signature = signature
    self.version = version
  }
}
