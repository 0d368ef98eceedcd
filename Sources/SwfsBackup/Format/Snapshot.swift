import SwfsCore

/// One moment of a cluster's namespace.
public struct Snapshot: Sendable, Equatable {
  /// Unix nanoseconds at the start of the database snapshot, by the clock of the host that ran.
  public var timeNanoseconds: Int64 = 0
  public var host = ""
  /// Program and version that made it.
  public var program = ""
  /// Which cluster the file ids belong to.
  public var cluster = ""
  public var filers: [String] = []
  /// Position in Postgres' write-ahead log, for recovery to the same moment.
  public var lsn = ""
  public var databaseTime = ""
  public var counts = Counts()
  /// Path prefixes whose entries were left out.
  public var leftOut: [String] = []
  public var tags: [String] = []
  /// Blobs with the rows, in order.
  public var blocks: [ContentID] = []
  /// Needles that could not be had: their files are not restorable as a whole.
  public var missing: [MissingNeedle] = []

  public struct Counts: Sendable, Equatable {
    public var rows: UInt64 = 0
    public var directories: UInt64 = 0
    public var files: UInt64 = 0
    public var symlinks: UInt64 = 0
    /// Devices, pipes, sockets.
    public var others: UInt64 = 0
    public var keyValueRows: UInt64 = 0
    /// Sum of the files' sizes; each name of a hard link counts.
    public var logicalBytes: UInt64 = 0
    /// Bytes that this run added to packs.
    public var addedBytes: UInt64 = 0
    /// Needles that this run read from volume servers.
    public var addedNeedles: UInt64 = 0
    public var durationMilliseconds: UInt64 = 0

    public init() {}
  }

  public struct MissingNeedle: Sendable, Equatable {
    public var path: String
    public var needle: String
    public var reason: String

    public init(path: String, needle: String, reason: String) {
      self.path = path
      self.needle = needle
      self.reason = reason
    }
  }

  public init() {}

  /// Whether everything its rows reach is in the repository.
  public var isWhole: Bool { missing.isEmpty }

  static let version: UInt64 = 1

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.varint(Self.version)
    writer.fixed(timeNanoseconds)
    for text in [host, program, cluster] { writer.string(text) }
    writer.strings(filers)
    writer.string(lsn)
    writer.string(databaseTime)
    for number in counts.numbers { writer.varint(number) }
    writer.strings(leftOut)
    writer.strings(tags)
    writer.count(blocks.count)
    for block in blocks { writer.raw(block.bytes) }
    writer.count(missing.count)
    for needle in missing {
      for text in [needle.path, needle.needle, needle.reason] { writer.string(text) }
    }
    return writer.bytes
  }

  /// - Throws: `corrupt`; `unsupported` for a later version.
  init(decoding bytes: [UInt8], _ what: String) throws(FSError) {
    self = try bytes.withBytes { (raw) throws(FSError) in
      var reader = ByteReader(raw, what)
      let version = try reader.varint()
      guard version == Self.version else {
        throw FSError(.unsupported, "\(what): version \(version) is not known to this program")
      }
      let snapshot = try Snapshot(&reader)
      try reader.finish()
      return snapshot
    }
  }

  private init(_ reader: inout ByteReader) throws(FSError) {
    timeNanoseconds = try reader.fixed(Int64.self)
    host = try reader.string()
    program = try reader.string()
    cluster = try reader.string()
    filers = try reader.strings()
    lsn = try reader.string()
    databaseTime = try reader.string()
    counts = try Counts(&reader)
    leftOut = try reader.strings()
    tags = try reader.strings()
    for _ in 0..<(try reader.count(itemBytes: ContentID.byteCount)) {
      blocks.append(try reader.contentID())
    }
    for _ in 0..<(try reader.count(itemBytes: 3)) {
      let path = try reader.string()
      let needle = try reader.string()
      missing.append(MissingNeedle(path: path, needle: needle, reason: try reader.string()))
    }
  }
}

extension Snapshot.Counts {
  fileprivate var numbers: [UInt64] {
    [
      rows, directories, files, symlinks, others, keyValueRows, logicalBytes, addedBytes,
      addedNeedles, durationMilliseconds,
    ]
  }

  fileprivate init(_ reader: inout ByteReader) throws(FSError) {
    rows = try reader.varint()
    directories = try reader.varint()
    files = try reader.varint()
    symlinks = try reader.varint()
    others = try reader.varint()
    keyValueRows = try reader.varint()
    logicalBytes = try reader.varint()
    addedBytes = try reader.varint()
    addedNeedles = try reader.varint()
    durationMilliseconds = try reader.varint()
  }
}

/// A snapshot with the name of its object.
public struct StoredSnapshot: Sendable, Equatable {
  public var id: ContentID
  public var snapshot: Snapshot

  public init(id: ContentID, snapshot: Snapshot) {
    self.id = id
    self.snapshot = snapshot
  }
}
