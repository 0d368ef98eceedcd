/// How a run goes about it.
public struct BackupOptions: Sendable {
  /// Needles read at the same time.
  public var threads = 8
  /// Bytes per second over all threads; 0: no limit.
  public var bytesPerSecondMax: UInt64 = 0
  /// Time for one needle before the run gives up on the cluster.
  public var needleSeconds = 180.0
  /// Identity of the cluster; file ids of different clusters have nothing to do with each other.
  public var cluster: String
  public var filers: [String] = []
  public var program = "swfs-ctl"
  public var tags: [String] = []
  /// Entries below these paths are left out, the directories themselves are not.
  public var leftOut = [Self.filerLogs]

  /// The filers' own change logs: they grow with every change and describe nothing but themselves.
  public static let filerLogs = "/topics/.system/log"

  public init(cluster: String) {
    self.cluster = cluster
  }
}

/// How far a run is.
public struct BackupProgress: Sendable, Equatable {
  public enum Phase: String, Sendable {
    case readingNames = "reading names"
    case copyingNeedles = "copying needles"
    case finishing
  }

  public var phase = Phase.readingNames
  public var rows: UInt64 = 0
  /// Blocks looked into, of all.
  public var blocksDone = 0
  public var blocks = 0
  /// Read from volume servers.
  public var needles: UInt64 = 0
  public var needleBytes: UInt64 = 0

  public init() {}
}

/// What a run did.
public struct BackupResult: Sendable {
  public var stored: StoredSnapshot
  /// Packs of an earlier run that did not end, used again.
  public var adoptedPacks = 0
  /// Vacuum had been left off by an earlier run.
  public var repairedVacuum = false
  /// Bytes read from volume servers.
  public var needleBytes: UInt64 = 0
  /// Blocks of rows that had to be stored, of all.
  public var newBlocks = 0
  /// Why vacuum could not be switched on again, if so.
  public var vacuumTrouble: FSErrorText?

  /// An error as text.
  public typealias FSErrorText = String
}
