/// A whole `filer_pb.Entry`, every field that a filer keeps, so that it can be written back as it was.
///
/// The filer replaces entries as a whole and compares them field by field (`IF_ENTRY_EQUAL`), so
/// reading from SQL and reading from a filer must give equal values: the name is set, and file ids
/// are kept as numbers.
public struct Entry: Sendable, Hashable {
  public var name: EntryName
  /// Informative only; the filer goes by the mode's directory bit. Kept for exact comparison.
  public var isDirectoryFlag: Bool
  public var attributes: StoredAttributes
  public var chunks: [Chunk]
  /// xattrs (`xattr-` prefix), S3 and HTTP metadata. Unknown keys must survive every rewrite.
  public var extended: [String: [UInt8]]
  /// Non-empty for a hard link; the authoritative copy is then the KV row under this key.
  public var hardLinkID: [UInt8]
  public var hardLinkCounter: Int32
  /// Inline data; when non-empty it is the whole content.
  public var content: [UInt8]
  public var remote: RemoteEntry?
  public var quota: Int64
  public var wormEnforcedAtNanoseconds: Int64

  public init(
    name: EntryName, isDirectoryFlag: Bool = false, attributes: StoredAttributes,
    chunks: [Chunk] = [], extended: [String: [UInt8]] = [:], hardLinkID: [UInt8] = [],
    hardLinkCounter: Int32 = 0, content: [UInt8] = [], remote: RemoteEntry? = nil,
    quota: Int64 = 0, wormEnforcedAtNanoseconds: Int64 = 0
  ) {
    self.name = name
    self.isDirectoryFlag = isDirectoryFlag
    self.attributes = attributes
    self.chunks = chunks
    self.extended = extended
    self.hardLinkID = hardLinkID
    self.hardLinkCounter = hardLinkCounter
    self.content = content
    self.remote = remote
    self.quota = quota
    self.wormEnforcedAtNanoseconds = wormEnforcedAtNanoseconds
  }

  /// The object's state in the cloud, for entries below a remote mount.
  public struct RemoteEntry: Sendable, Hashable {
    public var storageName: String
    public var lastLocalSyncNanoseconds: Int64
    public var etag: String
    /// Unix seconds.
    public var modifiedSeconds: Int64
    public var size: Int64
    public var contentEncoding: String?

    public init(
      storageName: String, lastLocalSyncNanoseconds: Int64, etag: String, modifiedSeconds: Int64,
      size: Int64, contentEncoding: String? = nil
    ) {
      self.storageName = storageName
      self.lastLocalSyncNanoseconds = lastLocalSyncNanoseconds
      self.etag = etag
      self.modifiedSeconds = modifiedSeconds
      self.size = size
      self.contentEncoding = contentEncoding
    }
  }
}

/// `filer_pb.FuseAttributes` as stored, before any rule is applied.
public struct StoredAttributes: Sendable, Hashable {
  public var fileSize: UInt64 = 0
  public var mtime: Int64 = 0
  public var mtimeNanoseconds: Int32 = 0
  /// Go mode bits; see `FileMode`.
  public var fileMode: UInt32 = 0
  public var uid: UInt32 = 0
  public var gid: UInt32 = 0
  public var crtime: Int64 = 0
  public var crtimeNanoseconds: Int32 = 0
  public var mime: String = ""
  public var ttlSeconds: Int32 = 0
  public var userName: String = ""
  public var groupNames: [String] = []
  public var symlinkTarget: String = ""
  public var md5: [UInt8] = []
  public var rdev: UInt32 = 0
  /// Not unique in practice: never used as the kernel's inode number.
  public var inode: UInt64 = 0
  public var ctime: Int64 = 0
  public var ctimeNanoseconds: Int32 = 0
  public var atime: Int64 = 0
  public var atimeNanoseconds: Int32 = 0

  public init() {}

  public var mode: FileMode {
    get { FileMode(stored: fileMode) }
    set { fileMode = newValue.stored }
  }
}
