internal import CLinux

/// CRC-32C (Castagnoli), the checksum of needles on volume servers.
///
/// Uses the processor's instruction where there is one (x86-64 with SSE 4.2), else tables of eight
/// bytes at a time.
public struct CRC32C: Sendable {
  private var running: UInt32 = .max

  public init() {}

  /// The checksum of one buffer.
  public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes)
    return crc.value
  }

  /// Adds bytes behind those already seen.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    if Self.isFast, let start = bytes.bindMemory(to: UInt8.self).baseAddress {
      running = swfs_crc32c_fast(running, start, bytes.count)
    } else {
      updateByTable(bytes)
    }
  }

  /// The checksum of all bytes so far.
  public var value: UInt32 { ~running }

  private static let isFast = swfs_crc32c_is_fast() != 0

  /// Slicing by eight: `tables[k][b]` is the effect of byte `b` followed by `k` zero bytes.
  private static let tables: [[UInt32]] = {
    var first = [UInt32](repeating: 0, count: 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0x82f6_3b78 : crc >> 1 }
      first[byte] = crc
    }
    var all = [first]
    for _ in 1..<8 {
      let last = all[all.count - 1]
      all.append(last.map { ($0 >> 8) ^ first[Int($0 & 0xff)] })
    }
    return all
  }()

  /// The portable way; tests compare it with the instruction.
  mutating func updateByTable(_ bytes: UnsafeRawBufferPointer) {
    let tables = Self.tables
    var crc = running
    var offset = 0
    while bytes.count - offset >= 8 {
      let word =
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        ^ UInt64(crc)
      crc = 0
      for byte in 0..<8 { crc ^= tables[7 - byte][Int((word >> (8 * UInt64(byte))) & 0xff)] }
      offset += 8
    }
    for byte in bytes[offset...] { crc = (crc >> 8) ^ tables[0][Int((crc ^ UInt32(byte)) & 0xff)] }
    running = crc
  }
}
