import Testing

@testable import SwfsCore

struct CRC32CTests {
  @Test func knownVectors() {
    #expect(Array("123456789".utf8).withUnsafeBytes { CRC32C.checksum($0) } == 0xe306_9283)
    // RFC 3720, B.4: 32 bytes of zeros, and of ones.
    let zeros = [UInt8](repeating: 0, count: 32)
    let ones = [UInt8](repeating: 0xff, count: 32)
    #expect(zeros.withUnsafeBytes { CRC32C.checksum($0) } == 0x8a91_36aa)
    #expect(ones.withUnsafeBytes { CRC32C.checksum($0) } == 0x62a8_ab43)
    #expect(CRC32C().value == 0)
  }

  @Test func instructionAndTablesAgreeAtEveryLength() {
    let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
    for length in 0...bytes.count {
      var byTable = CRC32C()
      bytes[..<length].withUnsafeBytes { byTable.updateByTable($0) }
      #expect(bytes[..<length].withUnsafeBytes { CRC32C.checksum($0) } == byTable.value)
    }
  }

  @Test func partsGiveTheSameAsTheWhole() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 91) }
    var parts = CRC32C()
    for start in stride(from: 0, to: 1000, by: 37) {
      bytes[start..<min(start + 37, 1000)].withUnsafeBytes { parts.update($0) }
    }
    #expect(parts.value == bytes.withUnsafeBytes { CRC32C.checksum($0) })
  }
}
