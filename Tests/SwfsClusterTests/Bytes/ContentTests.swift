import SwfsCore
import Testing

@testable import SwfsCluster

struct CipherTests {
  func seal(_ bytes: [UInt8]) throws -> (key: [UInt8], needle: [UInt8]) {
    try bytes.withUnsafeBytes { try ChunkCipher.seal($0) }
  }

  @Test(arguments: [0, 1, 16, 100_000]) func sealedBytesOpen(count: Int) throws {
    let clear = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    let sealed = try seal(clear)
    #expect(sealed.needle.count == count + ChunkCipher.overheadBytes)
    #expect(try ChunkCipher.open(sealed.needle, key: sealed.key) == clear)
  }

  @Test func anyChangeIsNoticed() throws {
    let sealed = try seal([1, 2, 3])
    for index in sealed.needle.indices {
      var damaged = sealed.needle
      damaged[index] ^= 1
      #expect(throws: FSError.self) { try ChunkCipher.open(damaged, key: sealed.key) }
    }
    for length in sealed.needle.indices {
      #expect(throws: FSError.self) {
        try ChunkCipher.open(Array(sealed.needle[..<length]), key: sealed.key)
      }
    }
  }

  @Test func keysAndNoncesAreFresh() throws {
    let first = try seal([1])
    let second = try seal([1])
    #expect(first.key != second.key)
    #expect(first.needle.prefix(12) != second.needle.prefix(12))
  }
}

struct GunzipTests {
  /// `printf 'hello hello hello hello\n' | gzip -n`
  static let packed: [UInt8] = [
    0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27,
    0xb9, 0x00, 0x00, 0x88, 0x59, 0x0b, 0x18, 0, 0, 0,
  ]

  func inflate(_ bytes: [UInt8], max: Int = 1000) throws(FSError) -> [UInt8] {
    try Gunzip.inflate(bytes, expectedBytes: 10, bytesMax: max)
  }

  @Test func oneAndSeveralMembersInflate() throws {
    let clear = Array("hello hello hello hello\n".utf8)
    #expect(try inflate(Self.packed) == clear)
    #expect(try inflate(Self.packed + Self.packed) == clear + clear)
  }

  @Test func bombIsStopped() {
    let error = #expect(throws: FSError.self) { try inflate(Self.packed, max: 23) }
    #expect(error?.code == .corrupt)
  }

  @Test func damageIsNoticed() {
    for length in 0..<Self.packed.count {
      #expect(throws: FSError.self) { try inflate(Array(Self.packed[..<length])) }
    }
    #expect(throws: FSError.self) { try inflate([]) }
    #expect(throws: FSError.self) { try inflate(Array("plain text".utf8)) }
  }
}

struct NeedleTests {
  @Test func checksumOfKnownVector() {
    let vector = Array("123456789".utf8)
    vector.withUnsafeBytes {
      #expect(NeedleChecksum.etag($0) == "e3069283")
      #expect(NeedleChecksum.fits("E3069283", $0))
      #expect(!NeedleChecksum.fits("e3069284", $0))
      #expect(NeedleChecksum.fits("no checksum", $0))
    }
  }

  @Test(arguments: [
    (60, "1m"), (300, "5m"), (3600, "1h"), (90_000, "25h"), (86_400, "1d"), (1, "1m"),
    (15_301, "5h"), (604_800, "1w"), (31_536_000, "1y"), (Int32.max, "69y"),
  ])
  func timeToLiveIsRoundedUp(seconds: Int32, text: String) {
    #expect(NeedleTTL.text(seconds: seconds) == text)
  }

  @Test func noTimeToLiveNoText() {
    #expect(NeedleTTL.text(seconds: 0) == nil)
    #expect(NeedleTTL.text(seconds: -5) == nil)
  }
}
