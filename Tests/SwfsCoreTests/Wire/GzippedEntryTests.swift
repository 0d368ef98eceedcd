import CZlib
import SwfsTestKit
import Testing

@testable import SwfsCore

struct GzippedEntryTests {
  @Test func rowOfManyChunksIsDecompressed() throws {
    var entry = Entry(name: "big", attributes: StoredAttributes())
    entry.chunks = EntrySamples.chunks(2000)
    let packed = try gzip(EntryEncoder.bytes(of: entry))
    #expect(packed.prefix(2) == [0x1f, 0x8b])
    #expect(
      try packed.withUnsafeBytesForTest { try EntryDecoder.entry(of: $0, name: "big") } == entry)
    let listed = try packed.withUnsafeBytesForTest { try EntryDecoder.attributes(of: $0) }
    #expect(listed.attributes == (try entry.fileAttributes()))
  }

  @Test func cutOrFlippedGzipIsCorrupt() throws {
    var entry = Entry(name: "big", attributes: StoredAttributes())
    entry.chunks = EntrySamples.chunks(60)
    let packed = try gzip(EntryEncoder.bytes(of: entry))
    for count in 2..<packed.count {
      #expect(leanVerdict(Array(packed.prefix(count))) == .refused(.corrupt), "cut to \(count)")
    }
    // Inside the deflate data: the checksum at the end tells.
    for index in stride(from: 12, to: packed.count - 8, by: 7) {
      var bytes = packed
      bytes[index] ^= 0x10
      #expect(leanVerdict(bytes) == .refused(.corrupt), "flipped at \(index)")
    }
  }

  @Test func decompressionStopsAtItsBound() throws {
    let bomb = try gzip([UInt8](repeating: 0, count: 4 << 20))
    let bound = 1 << 20
    #expect(throws: WireError.absurdSize) {
      try bomb.withUnsafeBytesForTest { try Gunzip.inflate($0, outputBytesMax: bound) }
    }
    let whole = try bomb.withUnsafeBytesForTest {
      try Gunzip.inflate($0, outputBytesMax: 5 << 20)
    }
    #expect(whole.count == 4 << 20)
  }

  private func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    let begun = swfs_deflateInit2(&stream, 6, 15 + 16)
    try #require(begun == Z_OK)
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    let done = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        return deflate(&stream, Z_FINISH)
      }
    }
    try #require(done == Z_STREAM_END)
    return Array(output.prefix(Int(stream.total_out)))
  }
}
