internal import COpenSSL
import SwfsCore

/// SHA-256 of a blob's or an object's bytes: its name.
public struct ContentID: Sendable, Hashable, Comparable {
  private let a: UInt64
  private let b: UInt64
  private let c: UInt64
  private let d: UInt64

  public static let byteCount = 32

  /// Nil unless there are exactly 32 bytes.
  init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in bytes.enumerated() {
      words[index / 8] = words[index / 8] << 8 | UInt64(byte)
    }
    (a, b, c, d) = (words[0], words[1], words[2], words[3])
  }

  /// Nil unless the text is 64 lower-case hex digits.
  init?(hex: some StringProtocol) {
    guard let bytes = Hex.bytes(hex) else { return nil }
    self.init(bytes)
  }

  /// Hashes the bytes.
  init(of bytes: UnsafeRawBufferPointer) throws(FSError) {
    guard let id = ContentID(try SHA256.digest(bytes)) else {
      throw FSError(.remote, "OpenSSL gave a digest of a wrong length")
    }
    self = id
  }

  init(of bytes: [UInt8]) throws(FSError) {
    self = try bytes.withBytes { (raw) throws(FSError) in try ContentID(of: raw) }
  }

  var bytes: [UInt8] {
    var writer = ByteWriter()
    for word in [a, b, c, d] { writer.fixed(word) }
    return writer.bytes
  }

  public var hex: String { Hex.text(bytes) }

  /// The first eight digits, for people.
  public var short: String { String(hex.prefix(8)) }

  public static func < (left: ContentID, right: ContentID) -> Bool {
    (left.a, left.b, left.c, left.d) < (right.a, right.b, right.c, right.d)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(a) }
}

extension ContentID: CustomStringConvertible {
  public var description: String { hex }
}

extension ByteReader {
  mutating func contentID() throws(FSError) -> ContentID {
    guard let id = ContentID(try take(ContentID.byteCount)) else {
      throw FSError(.corrupt, "an id of a wrong length")
    }
    return id
  }
}

enum SHA256 {
  static func digest(_ bytes: UnsafeRawBufferPointer) throws(FSError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, EVP_sha256(), nil) == 1 else {
      throw FSError(.remote, "OpenSSL cannot compute SHA-256")
    }
    return digest
  }

  /// HMAC-SHA-256.
  static func hmac(key: [UInt8], _ message: [UInt8]) throws(FSError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    guard let keyBytes = Int32(exactly: key.count),
      HMAC(EVP_sha256(), key, keyBytes, message, message.count, &digest, &length) != nil,
      length == 32
    else { throw FSError(.remote, "OpenSSL cannot compute HMAC-SHA-256") }
    return digest
  }
}

enum MD5 {
  /// The `dirhash` of a directory: the first eight bytes of the MD5, big-endian, signed.
  static func directoryHash(_ directory: [UInt8]) throws(FSError) -> Int64 {
    var digest = [UInt8](repeating: 0, count: 16)
    guard EVP_Digest(directory, directory.count, &digest, nil, EVP_md5(), nil) == 1 else {
      throw FSError(.unsupported, "OpenSSL refuses MD5, which the filemeta table is keyed by")
    }
    return digest.withUnsafeBytes { Int64(bigEndian: $0.loadUnaligned(as: Int64.self)) }
  }
}

enum RandomBytes {
  /// - Throws: `remote` when the system's generator fails.
  static func make(_ count: Int) throws(FSError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard let wanted = Int32(exactly: count), RAND_bytes(&bytes, wanted) == 1 else {
      throw FSError(.remote, "no random bytes to be had")
    }
    return bytes
  }
}
