import SwfsCore
import SwfsTestKit
import Testing

struct EntryDecoderTests {
  @Test(arguments: EntrySamples.all.map(\.label))
  func everyKindOfEntryComesBackWhole(label: String) throws {
    let entry = try #require(EntrySamples.all.first { $0.label == label }).entry
    let row = EntryEncoder.bytes(of: entry)
    #expect(try decoded(row, name: entry.name) == entry)
    // With its name inside, as filers and metadata dumps have it.
    let message = EntryEncoder.bytes(of: entry, includesName: true)
    #expect(try decoded(message, name: nil) == entry)
  }

  @Test(arguments: EntrySamples.all.map(\.label))
  func leanAttributesEqualThoseOfTheWholeEntry(label: String) throws {
    let entry = try #require(EntrySamples.all.first { $0.label == label }).entry
    let listed = try EntryEncoder.bytes(of: entry).withUnsafeBytesForTest {
      try EntryDecoder.attributes(of: $0)
    }
    #expect(listed.attributes == (try entry.fileAttributes()))
    for now in [0, 1_700_000_000, Int64(1) << 40] {
      #expect(listed.hasExpired(nowSeconds: now) == entry.hasExpired(nowSeconds: now))
    }
  }

  /// Bytes written by another encoder: `protoc --encode=Entry` over the same field numbers.
  @Test func bytesOfAnotherEncoderAreUnderstood() throws {
    let bytes: [UInt8] = [
      0x10, 0x01,
      0x1a, 0x14, 0x10, 0x05, 0x18, 0x0a, 0x20, 0x07, 0x3a, 0x0a, 0x08, 0x03, 0x10, 0xf9, 0x75,
      0x1d, 0x4f, 0xc9, 0xc9, 0x29, 0x58, 0x01,
      0x22, 0x1b, 0x08, 0x64, 0x10, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
      0x18, 0xed, 0x83, 0x80, 0x80, 0x08, 0x20, 0x05, 0x6a, 0x01, 0x7a, 0x98, 0x01, 0x2a,
      0x2a, 0x11, 0x0a, 0x0c, 0x78, 0x61, 0x74, 0x74, 0x72, 0x2d, 0x75, 0x73, 0x65, 0x72, 0x2e,
      0x61, 0x12, 0x01, 0x62,
      0x40, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
    ]
    var attributes = StoredAttributes()
    attributes.fileSize = 100
    attributes.mtime = -3
    attributes.mtimeNanoseconds = 42
    attributes.mode = FileMode(kind: .directory, permissions: 0o755)
    attributes.uid = 5
    attributes.symlinkTarget = "z"
    let chunk = Chunk(
      fid: FileID(volume: 3, key: 0x3af9, cookie: 0x29c9_c94f), offset: 5, size: 10,
      modifiedNanoseconds: 7, isManifest: true)
    let expected = Entry(
      name: "x", isDirectoryFlag: true, attributes: attributes, chunks: [chunk],
      extended: ["xattr-user.a": [0x62]], hardLinkCounter: -1)
    #expect(try decoded(bytes, name: "x") == expected)
    // Both encoders put the fields in the same order.
    #expect(EntryEncoder.bytes(of: expected) == bytes)
  }

  @Test func fileIDTextStaysOnlyWhenItCannotBeParsed() throws {
    func chunk(_ text: String) throws -> Chunk {
      var entry = Entry(name: "x", attributes: StoredAttributes())
      entry.chunks = [
        Chunk(fid: nil, fileIDText: text, offset: 0, size: 1, modifiedNanoseconds: 1)
      ]
      return try decoded(EntryEncoder.bytes(of: entry), name: "x").chunks[0]
    }
    #expect(try chunk("5,3af929c8c94f").fid == FileID(volume: 5, key: 0x3af9, cookie: 0x29c8_c94f))
    #expect(try chunk("5,3af929c8c94f").fileIDText == "")
    #expect(try chunk("garbage").fid == nil)
    #expect(try chunk("garbage").fileIDText == "garbage")
  }

  @Test func unknownFieldsAreSkipped() throws {
    let entry = Entry(name: "x", attributes: StoredAttributes(), content: [1, 2])
    let unknown: [UInt8] = [
      0xa8, 0x06, 0x05,  // 101, varint
      0xb2, 0x06, 0x02, 0xff, 0xff,  // 102, bytes
      0xb9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8,  // 103, fixed64
      0xc5, 0x06, 1, 2, 3, 4,  // 104, fixed32
      0x48, 0x01,  // content, but as a varint: another wire type is unknown too
    ]
    #expect(try decoded(EntryEncoder.bytes(of: entry) + unknown, name: "x") == entry)
  }

  @Test func lastValueWinsAndMessagesMerge() throws {
    // attributes {uid: 1, gid: 2} and attributes {uid: 3}; content twice.
    let bytes: [UInt8] = [
      0x22, 4, 0x20, 1, 0x28, 2, 0x4a, 1, 65, 0x22, 2, 0x20, 3, 0x4a, 2, 66, 67,
    ]
    let entry = try decoded(bytes, name: "x")
    #expect(entry.attributes.uid == 3)
    #expect(entry.attributes.gid == 2)
    #expect(entry.content == [66, 67])
    try expectBothDecodersAgree(bytes)
  }

  @Test func emptyRowIsAnEmptyEntry() throws {
    #expect(try decoded([], name: "x") == Entry(name: "x", attributes: StoredAttributes()))
    try expectBothDecodersAgree([])
  }

  private func decoded(_ bytes: [UInt8], name: EntryName?) throws -> Entry {
    try bytes.withUnsafeBytesForTest { try EntryDecoder.entry(of: $0, name: name) }
  }
}
