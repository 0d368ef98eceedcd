import SwfsCore
import SwfsTestKit
import Testing

@testable import SwfsBackup

@Suite struct FormatTests {
  let key = RepositoryKey(bytes: [UInt8](repeating: 7, count: 32))

  @Test func numbersAndTextsComeBack() throws {
    var writer = ByteWriter()
    let numbers: [UInt64] = [0, 1, 127, 128, 300, UInt64(UInt32.max), .max]
    for number in numbers { writer.varint(number) }
    writer.string("naïve ☃")
    writer.fixed(Int64(-5))
    try writer.bytes.withBytes { (raw) throws(FSError) in
      var reader = ByteReader(raw, "test")
      for number in numbers { #expect(try reader.varint() == number) }
      #expect(try reader.string() == "naïve ☃")
      #expect(try reader.fixed(Int64.self) == -5)
      try reader.finish()
    }
  }

  @Test func listLongerThanItsBytesIsRefused() throws {
    var writer = ByteWriter()
    writer.varint(UInt64(Int.max))
    writer.raw([1, 2, 3])
    #expect(throws: FSError.self) {
      try writer.bytes.withBytes { (raw) throws(FSError) in
        var reader = ByteReader(raw, "test")
        _ = try reader.strings()
      }
    }
  }

  @Test func configOpensWithItsPasswordOnly() throws {
    let made = try RepositoryConfig.make(password: Fixture.password, cost: Fixture.cost)
    let bytes = try made.config.encoded()
    let read = try RepositoryConfig(decoding: bytes)
    #expect(read == made.config)
    #expect(try read.unwrap(password: Fixture.password) == made.key)
    let error = #expect(throws: FSError.self) { try read.unwrap(password: [1]) }
    #expect(error?.code == .accessDenied)
  }

  @Test func everyBitOfTheConfigCounts() throws {
    let made = try RepositoryConfig.make(password: Fixture.password, cost: Fixture.cost)
    let bytes = try made.config.encoded()
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << UInt8(bit)
        #expect(throws: FSError.self, "byte \(index) bit \(bit)") {
          try RepositoryConfig(decoding: damaged)
        }
      }
    }
    for count in bytes.indices {
      #expect(throws: FSError.self) {
        try RepositoryConfig(decoding: Array(bytes.prefix(count)))
      }
    }
  }

  @Test func packGivesBackItsBlobs() throws {
    var builder = try PackBuilder(cluster: "c", key)
    let blobs: [[UInt8]] = [[], [1, 2, 3], [UInt8](repeating: 9, count: 100_000)]
    for (number, blob) in blobs.enumerated() {
      let packed = try blob.withBytes { (raw) throws(FSError) in try PackedBytes.pack(raw) }
      try builder.add(
        try ContentID(of: blob), number == 0 ? .block : .needle, packed: packed,
        clearBytes: blob.count,
        needle: number == 0 ? nil : FileID(volume: 1, key: UInt64(number), cookie: 5))
    }
    let (object, list) = try builder.finish()
    // Compressed: a hundred thousand equal bytes are not kept as such.
    #expect(object.count < 2000)
    let reader = try PackReader(object, key, "pack")
    #expect(reader.list == list)
    var seen: [[UInt8]] = []
    try reader.forEachBlob(key) { (_, bytes) throws(FSError) in seen.append(bytes) }
    #expect(seen == blobs)
  }

  @Test func everyBitOfAPackCounts() throws {
    var builder = try PackBuilder(cluster: "c", key)
    let blob = [UInt8]("some content of a needle".utf8)
    let packed = try blob.withBytes { (raw) throws(FSError) in try PackedBytes.pack(raw) }
    try builder.add(
      try ContentID(of: blob), .needle, packed: packed, clearBytes: blob.count, needle: nil)
    let (object, _) = try builder.finish()
    for index in object.indices {
      var damaged = object
      damaged[index] ^= 1 << UInt8(index % 8)
      #expect(throws: FSError.self, "byte \(index)") {
        try PackReader(damaged, key, "pack").forEachBlob(key) { (_, _) throws(FSError) in }
      }
    }
    for count in object.indices {
      #expect(throws: FSError.self) { try PackReader(Array(object.prefix(count)), key, "pack") }
    }
  }

  @Test func objectOfAnotherKindIsRefused() throws {
    let object = try SealedObject.seal([1, 2, 3], .index, key)
    #expect(try SealedObject.open(object, .index, key, "x") == [1, 2, 3])
    #expect(throws: FSError.self) { try SealedObject.open(object, .snapshot, key, "x") }
    let other = RepositoryKey(bytes: [UInt8](repeating: 8, count: 32))
    #expect(throws: FSError.self) { try SealedObject.open(object, .index, other, "x") }
  }

  @Test func indexAndSnapshotComeBack() throws {
    var index = IndexFile()
    let id = try ContentID(of: [1])
    let fid = FileID(volume: 7, key: 1 << 40, cookie: 0xdead_beef)
    index.packs = [
      .init(
        id: id, size: 99,
        list: PackList(
          cluster: "c",
          entries: [
            PackEntry(id: id, kind: .needle, offset: 40, length: 50, bytes: 30, needle: fid)
          ]))
    ]
    index.aliases = ["c": [.init(needle: fid, blob: id)], "d": []]
    #expect(try IndexFile(decoding: index.encoded(), "index") == index)

    var snapshot = Snapshot()
    snapshot.timeNanoseconds = -1
    snapshot.host = "h"
    snapshot.cluster = "c"
    snapshot.filers = ["f1:8888", "f2:8888"]
    snapshot.lsn = "0/1"
    snapshot.counts.rows = 5
    snapshot.counts.durationMilliseconds = 17
    snapshot.blocks = [id, id]
    snapshot.tags = ["nightly"]
    snapshot.missing = [.init(path: "/x", needle: "3,01", reason: "gone")]
    let bytes = snapshot.encoded()
    #expect(try Snapshot(decoding: bytes, "snapshot") == snapshot)
    for count in bytes.indices {
      #expect(throws: FSError.self) {
        try Snapshot(decoding: Array(bytes.prefix(count)), "snapshot")
      }
    }
  }

  @Test func oneChangedRowChangesFewBlocks() throws {
    var rows: [NamespaceRow] = []
    for number in 0..<20_000 {
      rows.append(
        NamespaceRow(
          dirhash: Int64(number / 100), directory: Array("/d\(number / 100)".utf8),
          name: Array("f\(number)".utf8), meta: [UInt8](repeating: UInt8(number % 251), count: 60)))
    }
    func blocks(_ rows: [NamespaceRow]) -> [[UInt8]] {
      var builder = BlockBuilder()
      var blocks = rows.compactMap { builder.add($0) }
      if !builder.isEmpty { blocks.append(builder.take()) }
      return blocks
    }
    let before = blocks(rows)
    #expect(before.count > 4)
    var back: [NamespaceRow] = []
    for block in before {
      try NamespaceBlock.forEachRow(block, "b") { (row) throws(FSError) in back.append(row) }
    }
    #expect(back == rows)
    rows.insert(
      NamespaceRow(dirhash: 50, directory: Array("/d50".utf8), name: [0x21], meta: [1]), at: 5000)
    let after = blocks(rows)
    #expect(Set(after).subtracting(before).count <= 2)
  }

  @Test func incompressibleBytesAreStored() throws {
    var random = SeededRandom(seed: 3)
    let bytes = random.bytes(count: 5000)
    let packed = try bytes.withBytes { (raw) throws(FSError) in try PackedBytes.pack(raw) }
    #expect(packed.count <= bytes.count + 8)
    #expect(try PackedBytes.unpack(packed, "x") == bytes)
  }
}
