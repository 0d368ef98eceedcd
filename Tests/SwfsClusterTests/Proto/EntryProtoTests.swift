import Foundation
import SwfsCore
import SwfsProto
import SwiftProtobuf
import Testing

@testable import SwfsCluster

@Suite struct EntryProtoTests {
  /// An entry with every field set to something that is not its default.
  static func everyField() -> Entry {
    var attributes = StoredAttributes()
    attributes.fileSize = 123
    attributes.mtime = 1_700_000_001
    attributes.mtimeNanoseconds = 2
    attributes.fileMode = 0o4755
    attributes.uid = 4
    attributes.gid = 5
    attributes.crtime = 6
    attributes.crtimeNanoseconds = 7
    attributes.mime = "text/x"
    attributes.ttlSeconds = 8
    attributes.userName = "u"
    attributes.groupNames = ["g", "h"]
    attributes.symlinkTarget = "t"
    attributes.md5 = [9, 10]
    attributes.rdev = 11
    attributes.inode = 12
    attributes.ctime = 13
    attributes.ctimeNanoseconds = 14
    attributes.atime = 15
    attributes.atimeNanoseconds = 16
    let chunk = Chunk(
      fid: FileID(volume: 3, key: 0x3af9, cookie: 0x29c8_c94f), offset: 17, size: 18,
      modifiedNanoseconds: 19, etag: "e", sourceFID: FileID(volume: 1, key: 2, cookie: 3),
      cipherKey: [20], isCompressed: true, isManifest: true, sseType: 2, sseMetadata: [21])
    let odd = Chunk(
      fid: FileID("3,01637037d6_1"), fileIDText: "3,01637037d6_1", offset: 0, size: 1,
      modifiedNanoseconds: 1)
    let unreadable = Chunk(
      fid: nil, fileIDText: "nonsense", offset: 0, size: 1, modifiedNanoseconds: 1,
      sourceFileIDText: "more nonsense")
    return Entry(
      name: "n", isDirectoryFlag: true, attributes: attributes, chunks: [chunk, odd, unreadable],
      extended: ["xattr-user.a": [0, 255], "other": []], hardLinkID: [22], hardLinkCounter: 23,
      content: [24],
      remote: Entry.RemoteEntry(
        storageName: "s", lastLocalSyncNanoseconds: 25, etag: "r", modifiedSeconds: 26, size: 27,
        contentEncoding: ""), quota: -28, wormEnforcedAtNanoseconds: 29)
  }

  @Test func everyFieldSurvivesBothWays() throws {
    let entry = Self.everyField()
    #expect(Entry(entry.message) == entry)
    let bytes: [UInt8] = try entry.message.serializedBytes()
    #expect(try FilerPb_Entry(serializedBytes: bytes) == entry.message)
  }

  @Test func messageHasBothFormsOfAFileID() {
    let message = Self.everyField().message
    #expect(message.chunks[0].fileID == "3,3af929c8c94f")
    #expect(message.chunks[0].fid.fileKey == 0x3af9)
    #expect(message.chunks[0].sourceFileID == "1,0200000003")
    #expect(message.chunks[0].hasSourceFid)
  }

  @Test func oddFileIDGoesBackAsItCame() {
    let message = Self.everyField().message
    #expect(message.chunks[1].fileID == "3,01637037d6_1")
    #expect(!message.chunks[1].hasFid)
    #expect(message.chunks[2].fileID == "nonsense")
    #expect(!message.chunks[2].hasFid)
  }

  @Test func absentRemoteEncodingDiffersFromEmpty() {
    var entry = Self.everyField()
    #expect(entry.message.remoteEntry.hasRemoteContentEncoding)
    entry.remote?.contentEncoding = nil
    #expect(!entry.message.remoteEntry.hasRemoteContentEncoding)
    entry.remote = nil
    #expect(!entry.message.hasRemoteEntry)
  }

  @Test func brokenBytesNeverTrap() throws {
    let bytes: [UInt8] = try Self.everyField().message.serializedBytes()
    var random = SystemRandomNumberGenerator()
    var decoded = 0
    for round in 0..<3000 {
      var broken = bytes
      if round % 2 == 0 { broken = Array(broken.prefix(Int.random(in: 0..<bytes.count))) }
      for _ in 0..<Int.random(in: 1...3, using: &random) where !broken.isEmpty {
        broken[Int.random(in: 0..<broken.count)] ^= 1 << UInt8.random(in: 0..<8)
      }
      guard let message = try? FilerPb_Entry(serializedBytes: broken) else { continue }
      let entry = Entry(message)
      _ = try? entry.fileAttributes()
      _ = entry.hasExpired(nowSeconds: 0)
      _ = entry.message
      decoded += 1
    }
    #expect(decoded > 0)
  }
}
