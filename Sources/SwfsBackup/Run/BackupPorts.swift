public import SwfsCore

/// The whole namespace at one moment.
public protocol NamespaceSource: Sendable {
  /// Hands over every row of `filemeta` in the order of its primary key, all of one moment.
  ///
  /// - Throws: what the body throws; `unavailable`, `timedOut`, `interrupted`, `remote`.
  func readAll(
    _ context: OperationContext, _ body: (NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) -> NamespaceMoment
}

/// Which moment it was.
public struct NamespaceMoment: Sendable, Equatable {
  /// Position in the write-ahead log.
  public var lsn: String
  /// The database's clock, as text.
  public var databaseTime: String

  public init(lsn: String, databaseTime: String) {
    self.lsn = lsn
    self.databaseTime = databaseTime
  }
}

/// Contents of needles.
public protocol NeedleSource: Sendable {
  /// The whole needle of a chunk, decrypted and decompressed, deleted ones included as long as the
  /// volume servers have them. Needles that the S3 gateway encrypted come as they are stored.
  ///
  /// - Throws: as `ChunkStore.read`.
  func needle(_ chunk: Chunk, _ context: OperationContext) throws(FSError) -> [UInt8]
}

/// The masters' vacuum, which drops deleted needles for good.
public protocol VacuumSwitch: Sendable {
  /// Switches it off on the leader. The leader forgets when it restarts, a new one does not know:
  /// to be repeated.
  func disable(_ context: OperationContext) throws(FSError)
  func enable(_ context: OperationContext) throws(FSError)
}
