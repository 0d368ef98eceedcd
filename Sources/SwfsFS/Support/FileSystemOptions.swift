public import SwfsCore

/// How the file system behaves; the mount's command line fills it.
public struct FileSystemOptions: Sendable {
  /// The directory in the filer's namespace that appears as the root.
  public var basePath = EntryPath.root
  /// Bytes of a full chunk.
  public var chunkBytes = 4 << 20
  /// Threads that upload in the background, at most.
  public var uploadThreadsMax = 16
  /// Seconds a call, or a background upload, may take.
  public var deadlineSeconds = 120.0
  public var isReadOnly = false
  /// Names and attributes in the kernel while every event stream is healthy.
  public var healthyValidity = Validity(nameSeconds: 60, attributeSeconds: 60)
  /// The same while one is not.
  public var degradedValidity = Validity(nameSeconds: 1, attributeSeconds: 1)
  /// A new file is told to the cluster after this long even if nobody flushes it.
  public var createDelaySeconds = 0.8
  /// Written bytes start on their way after this long without another write.
  public var idleUploadSeconds = 3.0
  /// Uploaded chunks are referenced by the entry after this long in any case: `volume.fsck` may take
  /// unreferenced needles for garbage after hours.
  public var commitIntervalSeconds = 20.0
  /// Placement of new chunks; `path` is filled in per file.
  public var placement = ChunkPlacement(path: .root)
  /// TTL of new files, seconds.
  public var ttlSeconds: Int32 = 0
  /// Maps between local ids and the filer's.
  public var uidMap = IdentityMap()
  public var gidMap = IdentityMap()
  /// Shows `/topics` and `/etc` of the filer at the root of a whole-namespace mount.
  public var showsSystemEntries = false
  /// Evaluates and inherits POSIX ACLs.
  public var usesACLs = true
  public var disablesExtendedAttributes = false

  public init() {}
}

/// Numbers that have another value in the cluster than on this machine.
public struct IdentityMap: Sendable, Equatable {
  private var toFiler: [UInt32: UInt32] = [:]
  private var toLocal: [UInt32: UInt32] = [:]

  public init() {}

  /// - Throws: `invalidArgument` when an id appears twice on either side: the way back would be lost.
  public init(pairs: [(local: UInt32, filer: UInt32)]) throws(FSError) {
    for pair in pairs {
      guard toFiler[pair.local] == nil, toLocal[pair.filer] == nil else {
        throw FSError(.invalidArgument, "id \(pair.local):\(pair.filer) is mapped twice")
      }
      toFiler[pair.local] = pair.filer
      toLocal[pair.filer] = pair.local
    }
  }

  public func filer(_ local: UInt32) -> UInt32 { toFiler[local] ?? local }
  public func local(_ filer: UInt32) -> UInt32 { toLocal[filer] ?? filer }
}
