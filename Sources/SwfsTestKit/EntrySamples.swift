public import SwfsCore

/// One entry of every kind that SeaweedFS clients make, with the oddities seen in real tables.
public enum EntrySamples {
  public struct Sample: Sendable {
    public let label: String
    public let entry: Entry
  }

  /// All samples; names are unique, and hard links share one id.
  public static let all: [Sample] = [
    sample("plain") { $0.attributes.mime = "text/plain" },
    sample("empty") { _ in },
    sample("chunks") { $0.chunks = chunks(3) },
    sample("fifty-one-chunks") { $0.chunks = chunks(51) },
    sample("sparse") {
      $0.chunks = chunks(1)
      $0.attributes.fileSize = 1 << 40
    },
    sample("inline") {
      $0.content = Array("inline bytes".utf8)
      $0.attributes.fileSize = 12
    },
    sample("encrypted") {
      $0.chunks = chunks(1)
      $0.chunks[0].cipherKey = [UInt8](repeating: 7, count: 32)
      $0.chunks[0].isCompressed = true
      $0.chunks[0].etag = "XUFAKrxLKna5cZ2REBfFkg=="
    },
    sample("manifest") {
      $0.chunks = chunks(1)
      $0.chunks[0].isManifest = true
    },
    sample("sse") {
      $0.chunks = chunks(1)
      $0.chunks[0].sseType = 3
      $0.chunks[0].sseMetadata = [1, 2, 3]
    },
    sample("odd-file-id") {
      $0.chunks = chunks(1)
      $0.chunks[0].fid = nil
      $0.chunks[0].fileIDText = "not a file id"
      $0.chunks[0].sourceFID = FileID(volume: 9, key: 8, cookie: 7)
    },
    sample("directory", .directory, 0o755) { $0.isDirectoryFlag = true },
    sample("sticky-directory", .directory, 0o1777) {
      $0.isDirectoryFlag = true
      $0.attributes.ttlSeconds = 1
    },
    sample("promoted", .directory, 0o755) {
      $0.chunks = chunks(2)
      $0.extended["x-seaweedfs-prefix-object"] = Array("true".utf8)
    },
    sample("symlink", .symlink, 0o777) { $0.attributes.symlinkTarget = "../ziel/größe" },
    sample("fifo", .fifo, 0o644) { _ in },
    sample("socket", .socket, 0o755) { _ in },
    sample("character-device", .characterDevice, 0o666) { $0.attributes.rdev = 259 },
    sample("block-device", .blockDevice, 0o660) { $0.attributes.rdev = 2049 },
    sample("go-setuid") { $0.attributes.fileMode |= 1 << 23 },
    sample("xattrs") {
      $0.extended["xattr-user.color"] = Array("blue".utf8)
      $0.extended["xattr-user.empty"] = []
      $0.extended["Seaweed-Owner"] = Array("me".utf8)
    },
    sample("hard-link") {
      $0.hardLinkID = linkID
      $0.hardLinkCounter = 2
      $0.chunks = chunks(1)
    },
    sample("ttl") { $0.attributes.ttlSeconds = .max },
    sample("s3-expiry") {
      $0.attributes.ttlSeconds = .max
      $0.extended["X-Seaweedfs-Expires-S3"] = Array("true".utf8)
    },
    sample("remote") {
      $0.remote = Entry.RemoteEntry(
        storageName: "cloud", lastLocalSyncNanoseconds: 0, etag: "e",
        modifiedSeconds: $0.attributes.mtime + 1, size: 12345, contentEncoding: "gzip")
    },
    sample("remote-old") {
      $0.chunks = chunks(1)
      $0.remote = Entry.RemoteEntry(
        storageName: "cloud", lastLocalSyncNanoseconds: 99, etag: "", modifiedSeconds: 5,
        size: 12345)
    },
    sample("quota", .directory, 0o755) { $0.quota = -1 },
    sample("worm") { $0.wormEnforcedAtNanoseconds = 1_700_000_000_000_000_000 },
    sample("year-one") {
      $0.attributes.ctime = AttributeTimes.goZeroSeconds
      $0.attributes.atime = 0
    },
    sample("odd-nanoseconds") {
      $0.attributes.mtimeNanoseconds = -5
      $0.attributes.ctimeNanoseconds = .max
    },
    sample("owners") {
      $0.attributes.userName = "hdfs"
      $0.attributes.groupNames = ["a", "", "c"]
      $0.attributes.md5 = [UInt8](repeating: 0xab, count: 16)
      $0.attributes.crtimeNanoseconds = 3
    },
    sample("größe-ночь-夜") { _ in },
  ]

  /// An id as weed mount makes them: 16 random bytes and a 1.
  public static let linkID: [UInt8] = [UInt8](100..<116) + [1]

  public static func chunks(_ count: Int) -> [Chunk] {
    (0..<count).map { index in
      Chunk(
        fid: FileID(volume: 3, key: UInt64(0x1000 + index), cookie: 0x29c8_c94f),
        offset: Int64(index) * 4096, size: 4096,
        modifiedNanoseconds: 1_700_000_000_000_000_000 + Int64(index))
    }
  }

  private static func sample(
    _ name: String, _ kind: FileKind = .regular, _ permissions: UInt16 = 0o644,
    _ change: (inout Entry) -> Void
  ) -> Sample {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: kind, permissions: permissions)
    attributes.uid = 1000
    attributes.gid = 100
    attributes.mtime = 1_700_000_000
    attributes.mtimeNanoseconds = 123_456_789
    attributes.ctime = 1_700_000_001
    attributes.atime = 1_700_000_002
    attributes.crtime = 1_600_000_000
    attributes.inode = 0xdead_beef_dead_beef
    var entry = Entry(name: EntryName(unchecked: name), attributes: attributes)
    change(&entry)
    return Sample(label: name, entry: entry)
  }
}
