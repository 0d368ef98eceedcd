/// Order-dependent 64-bit hash (FNV-1a over words) of what decides a file's bytes.
///
/// Not cryptographic: it compares two states of the same file that no adversary chose.
public struct ContentFingerprint: Sendable {
  public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  public init() {}

  public mutating func combine(_ word: UInt64) {
    value = (value ^ word).multipliedFullWidth(by: 0x0000_0100_0000_01b3).low
    value ^= value >> 29
  }

  public mutating func combine(
    chunkVolume: UInt32, key: UInt64, cookie: UInt32, offset: Int64, size: UInt64,
    modifiedNanoseconds: Int64
  ) {
    combine(UInt64(chunkVolume) << 32 | UInt64(cookie))
    combine(key)
    combine(UInt64(bitPattern: offset))
    combine(size)
    combine(UInt64(bitPattern: modifiedNanoseconds))
  }

  public mutating func combine(bytes: some Sequence<UInt8>) {
    for byte in bytes { combine(UInt64(byte)) }
  }
}
