public import SwfsCore

/// How a `VolumeChunkStore` reaches volume servers and how patient it is.
public struct VolumeChunkStoreOptions: Sendable {
  /// Which way bytes go.
  public enum Access: Sendable, Equatable {
    /// To the volume servers' own addresses.
    case direct
    /// To their public addresses.
    case publicURL
    /// Through a filer (`host:port` of its HTTP port), for clients that cannot reach volume servers.
    case filerProxy([String])
  }

  public var access: Access = .direct
  /// Ask volume servers to fsync each needle before they acknowledge it.
  public var fsync = false
  /// Encrypt new needles, as `GetFilerConfiguration.cipher` asks clients to.
  public var encrypts = false
  /// Replicas in this data center are asked first; empty: no preference.
  public var dataCenter = ""
  /// Silence after which the other replica is asked as well.
  public var hedgeAfterSeconds = 1.0
  /// Silence after which a server counts as stalled, for reads and for uploads. Doubles with each
  /// time it happens in one call.
  public var readStallSeconds = 3.0
  public var uploadStallSeconds = 4.0
  /// How long a volume that nobody knows may be on its way back before its needles count as missing.
  public var unknownVolumePatienceSeconds = 60.0
  public var connectTimeoutSeconds = 1.5
  /// Idle connections kept for each server.
  public var idleConnectionsPerServerMax = 16
  /// Files whose placements are equal under this function share file ids. Path rules go by prefix,
  /// so the default takes files of one directory together; a caller that knows the rules can do
  /// better.
  public var placementKey: @Sendable (ChunkPlacement) -> ChunkPlacement = { placement in
    var key = placement
    key.path = placement.path.parent
    return key
  }

  public init() {}
}
