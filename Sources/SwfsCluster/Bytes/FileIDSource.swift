public import SwfsCore

/// Hands out file ids to store new needles under: the masters' assignment, asked through a filer so
/// that its path rules apply.
///
/// Thread-safe; calls block up to the context's deadline.
public protocol FileIDSource: Sendable {
  /// Reserves `count` file ids on one volume.
  ///
  /// - Parameter expectedBytes: size of one needle; without it the master books about 1 MB for each
  ///   id and calls volumes full too early.
  /// - Throws: `noSpace` when no volume can be written or grown; `readOnly` by path rule;
  ///   `unavailable`, `timedOut`, `interrupted`.
  func assign(
    count: Int, placement: ChunkPlacement, expectedBytes: UInt64, _ context: OperationContext
  ) throws(FSError) -> AssignedFileIDs
}

/// Finds the servers that hold a volume.
///
/// Thread-safe; calls block up to the context's deadline.
public protocol VolumeLocator: Sendable {
  /// Every server that holds the volume now; empty when the cluster knows of none.
  ///
  /// - Throws: `unavailable`, `timedOut`, `interrupted` when nobody can be asked.
  func locations(
    of volume: UInt32, _ context: OperationContext
  ) throws(FSError) -> [VolumeLocation]
}

/// A volume server, as masters and filers describe it.
public struct VolumeLocation: Sendable, Hashable {
  /// `host:port` of HTTP inside the cluster.
  public var url: String
  /// `host:port` for clients outside; may be empty or equal to `url`.
  public var publicURL: String
  /// 0 when it is not told: HTTP port + 10000 then.
  public var grpcPort: Int
  public var dataCenter: String

  public init(url: String, publicURL: String, grpcPort: Int, dataCenter: String) {
    self.url = url
    self.publicURL = publicURL
    self.grpcPort = grpcPort
    self.dataCenter = dataCenter
  }
}

/// File ids reserved together: `first` and the `count - 1` keys that follow it, on one volume.
public struct AssignedFileIDs: Sendable {
  public var first: FileID
  public var count: Int
  /// Token for writes, shared by all ids; empty when the servers want none. It lives for about 10 s.
  public var jwt: String
  /// Servers of the volume, the one to send to first.
  public var locations: [VolumeLocation]
  /// The path's rule demands that volume servers fsync.
  public var fsync: Bool
  public var collection: String
  public var replication: String

  public init(
    first: FileID, count: Int, jwt: String, locations: [VolumeLocation], fsync: Bool,
    collection: String, replication: String
  ) {
    self.first = first
    self.count = count
    self.jwt = jwt
    self.locations = locations
    self.fsync = fsync
    self.collection = collection
    self.replication = replication
  }
}
