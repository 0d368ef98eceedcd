import SwfsCore

/// The ETag of a needle: eight hex digits of the CRC-32C of the bytes as they are stored.
enum NeedleChecksum {
  static func etag(_ bytes: UnsafeRawBufferPointer) -> String {
    text(CRC32C.checksum(bytes))
  }

  /// Whether an ETag fits the bytes. Needles of old versions carry the masked form of the checksum.
  /// Anything that is no checksum (other servers, proxies) fits: there is nothing to compare.
  static func fits(_ etag: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard etag.utf8.count == 8, let stored = UInt32(etag, radix: 16) else { return true }
    let crc = CRC32C.checksum(bytes)
    return stored == crc || stored == (crc >> 15 | crc << 17) &+ 0xa282_ead8
  }

  private static func text(_ crc: UInt32) -> String {
    let hex = String(crc, radix: 16)
    return String(repeating: "0", count: 8 - hex.utf8.count) + hex
  }
}
