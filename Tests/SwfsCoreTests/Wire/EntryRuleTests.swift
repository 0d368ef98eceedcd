import SwfsCore
import SwfsTestKit
import Testing

/// The rules by which stored numbers become what `stat` shows, tried through the lean decoder.
struct EntryRuleTests {
  @Test(
    arguments: [
      (0, .regular), (1 << 31, .directory), (1 << 27, .symlink), (1 << 26, .blockDevice),
      (1 << 25, .fifo), (1 << 24, .socket), (1 << 21, .characterDevice),
      (1 << 26 | 1 << 21, .characterDevice), (1 << 30 | 1 << 29 | 1 << 28 | 1 << 19, .regular),
    ] as [(UInt32, FileKind)])
  func kindComesFromGoBits(mode: UInt32, kind: FileKind) throws {
    let found = try attributes { $0.attributes.fileMode = mode }
    #expect(found.kind == kind)
  }

  @Test func setIDBitsAreReadInBothForms() throws {
    let unix = try attributes { $0.attributes.fileMode = 0o7755 }
    let go = try attributes { $0.attributes.fileMode = 0o755 | 1 << 23 | 1 << 22 | 1 << 20 }
    #expect(unix.mode.permissions == 0o7755)
    #expect(go.mode.permissions == 0o7755)
  }

  @Test func directoryFlagAloneMakesNoDirectory() throws {
    let flagged = try attributes { $0.isDirectoryFlag = true }
    #expect(flagged.kind == .regular)
  }

  @Test func missingTimesAreThoseOfTheLastWrite() throws {
    let missing = try attributes {
      $0.attributes.mtime = 50
      $0.attributes.mtimeNanoseconds = 7
      $0.attributes.ctime = AttributeTimes.goZeroSeconds
      $0.attributes.ctimeNanoseconds = 9
    }
    #expect(missing.ctime == Timestamp(seconds: 50, nanoseconds: 7))
    #expect(missing.atime == Timestamp(seconds: 50, nanoseconds: 7))
    let beforeEpoch = try attributes {
      $0.attributes.mtime = -50
      $0.attributes.ctime = -60
    }
    #expect(beforeEpoch.mtime.seconds == -50)
    #expect(beforeEpoch.ctime.seconds == -60)
  }

  @Test func sizeIsTheLargestOfExtentAndFileSize() throws {
    let smaller = try attributes {
      $0.attributes.fileSize = 3
      $0.chunks = EntrySamples.chunks(2)
    }
    #expect(smaller.size == 8192)
    let sparse = try attributes {
      $0.attributes.fileSize = 10000
      $0.chunks = EntrySamples.chunks(2)
    }
    #expect(sparse.size == 10000)
  }

  @Test func inlineContentIsTheSize() throws {
    let inline = try attributes { $0.content = [1, 2, 3] }
    #expect(inline.size == 3)
  }

  @Test func newerRemoteObjectIsTheSize() throws {
    func size(remoteModified: Int64) throws -> UInt64 {
      try attributes {
        $0.attributes.mtime = 100
        $0.remote = Entry.RemoteEntry(
          storageName: "s", lastLocalSyncNanoseconds: 0, etag: "",
          modifiedSeconds: remoteModified, size: 77)
      }.size
    }
    #expect(try size(remoteModified: 101) == 77)
    #expect(try size(remoteModified: 100) == 0)
  }

  @Test func symlinkIsAsLongAsItsTarget() throws {
    let link = try attributes {
      $0.attributes.mode = FileMode(kind: .symlink, permissions: 0o777)
      $0.attributes.symlinkTarget = "größe"
      $0.attributes.fileSize = 999
    }
    #expect(link.size == 7)
  }

  @Test func linkCountIsAtLeastOne() throws {
    for (stored, shown) in [(3, 3), (0, 1), (-2, 1)] as [(Int32, UInt32)] {
      let found = try attributes { $0.hardLinkCounter = stored }
      #expect(found.linkCount == shown)
    }
  }

  @Test func onlyXattrKeysCountAsExtendedAttributes() throws {
    let tagged = try attributes { $0.extended["Seaweed-Tag"] = [1] }
    #expect(!tagged.hasExtendedAttributes)
    let colored = try attributes { $0.extended["xattr-user.a"] = [] }
    #expect(colored.hasExtendedAttributes)
  }

  @Test func fingerprintFollowsContentNotPermissions() throws {
    func print(_ change: (inout Entry) -> Void) throws -> UInt64 {
      try attributes {
        $0.chunks = EntrySamples.chunks(2)
        change(&$0)
      }.contentFingerprint
    }
    let base = try print { _ in }
    let chmod = try print { $0.attributes.fileMode = 0o600 }
    let touch = try print { $0.attributes.mtime = 5 }
    #expect(chmod == base)
    #expect(touch == base)
    let rewritten = try print { $0.chunks[1].modifiedNanoseconds += 1 }
    let trimmed = try print { $0.chunks[0].size -= 1 }
    let moved = try print { $0.chunks[0].fid = FileID(volume: 4, key: 1, cookie: 1) }
    let grown = try print { $0.attributes.fileSize = 1 << 20 }
    #expect(Set([base, rewritten, trimmed, moved, grown]).count == 5)
  }

  @Test func contentBeforeChunksGivesTheSameFingerprint() throws {
    var entry = Entry(name: "x", attributes: StoredAttributes(), content: [1, 2, 3])
    entry.chunks = EntrySamples.chunks(2)
    let chunksOnly = EntryEncoder.bytes(
      of: Entry(name: "x", attributes: StoredAttributes(), chunks: entry.chunks))
    try expectBothDecodersAgree([0x4a, 3, 1, 2, 3] + chunksOnly)
  }

  @Test(
    arguments: [
      // ttl, crtime, mtime, S3 expiry, version, remote, directory → last second
      (10, 100, 500, false, false, false, false, 110),
      (10, 100, 500, true, false, false, false, 510),
      (10, 100, 0, true, false, false, false, 110),
      (10, 100, 500, true, true, false, false, nil),
      (10, 100, 500, false, true, false, false, 110),
      (10, 100, 500, false, false, true, false, nil),
      (10, 100, 500, false, false, false, true, nil),
      (0, 100, 500, false, false, false, false, nil),
      (-1, 100, 500, false, false, false, false, nil),
      (10, Int64.max, 500, false, false, false, false, nil),
    ] as [(Int32, Int64, Int64, Bool, Bool, Bool, Bool, Int64?)])
  func entryExpiresByTheFilersRule(
    ttl: Int32, crtime: Int64, mtime: Int64, isS3: Bool, isVersion: Bool, isRemote: Bool,
    isDirectory: Bool, last: Int64?
  ) throws {
    var entry = Entry(name: "x", attributes: StoredAttributes())
    entry.attributes.ttlSeconds = ttl
    entry.attributes.crtime = crtime
    entry.attributes.mtime = mtime
    if isDirectory { entry.attributes.mode = FileMode(kind: .directory, permissions: 0o755) }
    if isS3 { entry.extended[Expiry.s3Key] = Array("true".utf8) }
    if isVersion { entry.extended[Expiry.s3VersionKey] = [1] }
    if isRemote {
      entry.remote = Entry.RemoteEntry(
        storageName: "s", lastLocalSyncNanoseconds: 0, etag: "", modifiedSeconds: 0, size: 0)
    }
    let listed = try listed(entry)
    #expect(listed.lastSecond == last)
    if let last {
      #expect(!listed.hasExpired(nowSeconds: last))
      #expect(listed.hasExpired(nowSeconds: last + 1))
      #expect(!entry.hasExpired(nowSeconds: last))
      #expect(entry.hasExpired(nowSeconds: last + 1))
    } else {
      #expect(!listed.hasExpired(nowSeconds: .max))
    }
  }

  private func attributes(_ change: (inout Entry) -> Void) throws -> FileAttributes {
    var entry = Entry(name: "x", attributes: StoredAttributes())
    change(&entry)
    let lean = try listed(entry).attributes
    #expect(lean == (try entry.fileAttributes()))
    return lean
  }

  private func listed(_ entry: Entry) throws -> ListedAttributes {
    try EntryEncoder.bytes(of: entry).withUnsafeBytesForTest {
      try EntryDecoder.attributes(of: $0)
    }
  }
}
