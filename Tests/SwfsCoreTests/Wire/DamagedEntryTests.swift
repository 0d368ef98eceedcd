import SwfsCore
import SwfsTestKit
import Testing

struct DamagedEntryTests {
  @Test func everyTruncationIsAnEntryOrCorrupt() throws {
    for sample in EntrySamples.all where sample.entry.chunks.count < 10 {
      let bytes = EntryEncoder.bytes(of: sample.entry, includesName: true)
      for count in 0..<bytes.count {
        try expectBothDecodersAgree(
          Array(bytes.prefix(count)), "\(sample.label) cut to \(count) bytes")
      }
    }
  }

  @Test func flippedBitsNeverTrapAndBothDecodersAgree() throws {
    let seed = UInt64.random(in: .min ... .max)
    print("flippedBitsNeverTrapAndBothDecodersAgree seed \(seed)")
    var random = SplitMix(state: seed)
    for sample in EntrySamples.all where sample.entry.chunks.count < 10 {
      let good = EntryEncoder.bytes(of: sample.entry, includesName: true)
      for _ in 0..<200 {
        var bytes = good
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let index = Int.random(in: 0..<bytes.count, using: &random)
          bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
        try expectBothDecodersAgree(bytes, "seed \(seed), \(sample.label): \(bytes)")
      }
    }
  }

  @Test func randomBytesNeverTrap() throws {
    let seed = UInt64.random(in: .min ... .max)
    print("randomBytesNeverTrap seed \(seed)")
    var random = SplitMix(state: seed)
    for _ in 0..<5000 {
      let count = Int.random(in: 0...64, using: &random)
      let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      try expectBothDecodersAgree(bytes, "seed \(seed): \(bytes)")
      _ = bytes.withUnsafeBytesForTest { try? ChunkManifest.chunks(of: $0) }
    }
  }

  @Test(
    arguments: [
      ("varint of eleven bytes", [0x10] + [UInt8](repeating: 0x80, count: 10) + [0x01]),
      ("varint over 64 bits", [0x10] + [UInt8](repeating: 0xff, count: 9) + [0x02]),
      ("varint without end", [0x10, 0x80]),
      ("negative length", [0x4a] + [UInt8](repeating: 0xff, count: 9) + [0x01]),
      ("length of 2^63", [0x4a] + [UInt8](repeating: 0x80, count: 9) + [0x01]),
      ("length past the end", [0x4a, 0x05, 1, 2]),
      ("field number zero", [0x00, 0x00]),
      ("field number over 2^29", [0x80, 0x80, 0x80, 0x80, 0x20, 0x01]),
      ("a group", [0x0b, 0x0c]),
      ("wire type 7", [0x0f]),
      ("fixed64 cut", [0xb9, 0x06, 1, 2]),
      ("name that is not UTF-8", [0x0a, 0x02, 0xc3, 0x28]),
      ("symlink target that is not UTF-8", [0x22, 0x03, 0x6a, 0x01, 0xff]),
      ("mime that is not UTF-8", [0x22, 0x03, 0x3a, 0x01, 0xff]),
      ("extended key that is not UTF-8", [0x2a, 0x03, 0x0a, 0x01, 0xff]),
      ("etag that is not UTF-8", [0x1a, 0x03, 0x2a, 0x01, 0xff]),
      ("remote name that is not UTF-8", [0x52, 0x03, 0x0a, 0x01, 0xff]),
      ("chunk cut", [0x1a, 0x02, 0x10, 0x80]),
      ("file id with a cut cookie", [0x1a, 0x04, 0x3a, 0x02, 0x1d, 0x01]),
    ] as [(String, [UInt8])])
  func damageIsCorrupt(what: String, bytes: [UInt8]) throws {
    #expect(leanVerdict(bytes) == .refused(.corrupt))
    #expect(wholeVerdict(bytes) == .refused(.corrupt))
  }

  @Test func absurdSizesAreCorruptAttributesButKeepTheEntry() throws {
    func entry(_ offset: Int64, _ size: UInt64, fileSize: UInt64 = 0) -> Entry {
      var entry = Entry(name: "x", attributes: StoredAttributes())
      entry.attributes.fileSize = fileSize
      if size > 0 {
        entry.chunks = [Chunk(fid: nil, offset: offset, size: size, modifiedNanoseconds: 0)]
      }
      return entry
    }
    for absurd in [
      entry(-1, 1), entry(0, .max), entry(.max, 1), entry(1, 1 << 63), entry(0, 0, fileSize: .max),
      entry(0, 0, fileSize: 1 << 63),
    ] {
      let bytes = EntryEncoder.bytes(of: absurd)
      #expect(leanVerdict(bytes) == .refused(.corrupt))
      #expect(throws: FSError.self) { try absurd.fileAttributes() }
      // The entry itself is readable: it can still be looked at, and removed.
      #expect(
        try bytes.withUnsafeBytesForTest { try EntryDecoder.entry(of: $0, name: "x") } == absurd)
    }
    let largest = EntryEncoder.bytes(of: entry(0, UInt64(Int64.max)))
    #expect(leanVerdict(largest) == wholeVerdict(largest))
    guard case .good(let listed) = leanVerdict(largest) else {
      Issue.record("2^63-1 bytes refused")
      return
    }
    #expect(listed.attributes.size == UInt64(Int64.max))
  }
}
