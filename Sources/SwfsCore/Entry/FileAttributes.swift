/// What `stat` needs of an entry, without chunks: small enough to keep one per inode.
///
/// Made from a whole `Entry`, or straight from a row's bytes by the lean decoder; both ways must
/// agree (`SwfsCoreTests`).
public struct FileAttributes: Sendable, Hashable {
  public var mode: FileMode
  public var uid: UInt32
  public var gid: UInt32
  /// Bytes: the largest of chunk extents, `file_size`, inline content, and a newer remote object.
  public var size: UInt64
  public var mtime: Timestamp
  public var ctime: Timestamp
  public var atime: Timestamp
  /// Unix seconds of creation; part of a file's identity together with `storedInode`.
  public var crtimeSeconds: Int64
  public var rdev: UInt32
  /// The inode number in the row: identity hint only, not unique.
  public var storedInode: UInt64
  /// Names of this file; at least 1.
  public var linkCount: UInt32
  /// Key of the KV row that holds the truth for a hard link; nil for everything else.
  public var hardLinkID: [UInt8]?
  public var ttlSeconds: Int32
  /// Whether the entry has any `xattr-` key: lets getxattr answer ENODATA without a look.
  public var hasExtendedAttributes: Bool
  /// Hash over everything that decides content (chunk ids, offsets, sizes, order keys, inline data):
  /// equal fingerprints mean the page cache may be kept.
  public var contentFingerprint: UInt64

  public init(
    mode: FileMode, uid: UInt32 = 0, gid: UInt32 = 0, size: UInt64 = 0,
    mtime: Timestamp = Timestamp(seconds: 0), ctime: Timestamp = Timestamp(seconds: 0),
    atime: Timestamp = Timestamp(seconds: 0), crtimeSeconds: Int64 = 0, rdev: UInt32 = 0,
    storedInode: UInt64 = 0, linkCount: UInt32 = 1, hardLinkID: [UInt8]? = nil,
    ttlSeconds: Int32 = 0, hasExtendedAttributes: Bool = false, contentFingerprint: UInt64 = 0
  ) {
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.size = size
    self.mtime = mtime
    self.ctime = ctime
    self.atime = atime
    self.crtimeSeconds = crtimeSeconds
    self.rdev = rdev
    self.storedInode = storedInode
    self.linkCount = linkCount
    self.hardLinkID = hardLinkID
    self.ttlSeconds = ttlSeconds
    self.hasExtendedAttributes = hasExtendedAttributes
    self.contentFingerprint = contentFingerprint
  }

  public var kind: FileKind { mode.kind }
  public var isDirectory: Bool { mode.kind == .directory }
}
