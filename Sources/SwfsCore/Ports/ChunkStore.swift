/// The bytes plane: needles on volume servers, addressed by file id.
///
/// Thread-safe; calls block up to the context's deadline. Implementations pick replicas, retry with
/// fresh locations, decrypt and decompress, and check sizes.
public protocol ChunkStore: Sendable {
  /// Stores bytes under a new file id, on every replica that the placement asks for. A failed
  /// attempt is repeated under another id on another volume.
  ///
  /// - Returns: a chunk with offset 0, size = byte count, and `modifiedNanoseconds` 0: the caller
  ///   places it.
  /// - Throws: `noSpace` when no volume can be written or grown; `readOnly` by path rule;
  ///   `unavailable`, `timedOut`, `interrupted`.
  func upload(
    _ bytes: UnsafeRawBufferPointer, placement: ChunkPlacement, _ context: OperationContext
  ) throws(FSError) -> Chunk

  /// Reads `buffer.count` clear bytes of a needle from `needleOffset` on.
  ///
  /// - Throws: `chunkMissing` when every replica says it is not there; `corrupt` when a reply is
  ///   short, fails its check or cannot be decrypted; `unavailable`, `timedOut`, `interrupted`.
  func read(
    _ chunk: Chunk, needleOffset: UInt64, into buffer: UnsafeMutableRawBufferPointer,
    _ context: OperationContext) throws(FSError)

  /// Replaces every manifest chunk, nested ones too, by the chunks it lists.
  ///
  /// - Throws: as `read`; `corrupt` for a manifest that does not decode or nests absurdly deep.
  func expandManifests(
    _ chunks: [Chunk], _ context: OperationContext
  ) throws(FSError) -> [Chunk]

  /// Frees needles that no entry refers to (any more): failed writes, and files that were removed
  /// while open. Best effort: what cannot be reached is left to `volume.fsck`.
  func discard(_ chunks: [Chunk], _ context: OperationContext)
}

/// Where new needles of a file should go; empty strings leave it to the filer's path rules.
public struct ChunkPlacement: Sendable, Hashable {
  /// Full path of the file: path rules apply only when it is sent.
  public var path: EntryPath
  public var collection: String
  public var replication: String
  public var ttlSeconds: Int32
  public var diskType: String
  public var dataCenter: String

  public init(
    path: EntryPath, collection: String = "", replication: String = "", ttlSeconds: Int32 = 0,
    diskType: String = "", dataCenter: String = ""
  ) {
    self.path = path
    self.collection = collection
    self.replication = replication
    self.ttlSeconds = ttlSeconds
    self.diskType = diskType
    self.dataCenter = dataCenter
  }
}
