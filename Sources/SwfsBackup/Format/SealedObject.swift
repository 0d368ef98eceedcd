import SwfsCore

/// What every sealed object begins with, and the keys and nonces of its frames.
struct ObjectSeal {
  enum Kind: UInt8 {
    case pack = 0x50
    case index = 0x49
    case snapshot = 0x53
  }

  static let saltBytes = 32
  static let prefixBytes = 8 + saltBytes
  private static let version: UInt8 = 1

  private let header: [UInt8]
  private let key: [UInt8]
  /// Header and salt: the first bytes of the object.
  let prefix: [UInt8]

  private init(kind: Kind, salt: [UInt8], _ repositoryKey: RepositoryKey) throws(FSError) {
    header = [UInt8]("SWFB".utf8) + [kind.rawValue, Self.version, 0, 0]
    prefix = header + salt
    key = try repositoryKey.objectKey(salt: salt)
  }

  /// For a new object.
  init(making kind: Kind, _ key: RepositoryKey) throws(FSError) {
    try self.init(kind: kind, salt: try RandomBytes.make(Self.saltBytes), key)
  }

  /// For an object that begins with these bytes.
  ///
  /// - Throws: `corrupt` when the header is another one.
  init(
    reading bytes: UnsafeRawBufferPointer, _ kind: Kind, _ key: RepositoryKey, _ what: String
  ) throws(FSError) {
    guard bytes.count >= Self.prefixBytes else { throw FSError(.corrupt, "\(what): too short") }
    let salt = [UInt8](UnsafeRawBufferPointer(rebasing: bytes[8..<Self.prefixBytes]))
    try self.init(kind: kind, salt: salt, key)
    guard bytes.prefix(8).elementsEqual(header) else {
      throw FSError(.corrupt, "\(what): the header is not that of this kind and version")
    }
  }

  private static func nonce(_ frame: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.fixed(UInt32(0))
    writer.fixed(frame)
    return writer.bytes
  }

  /// Seals what `PackedBytes.pack` made.
  func seal(frame: UInt64, packed: [UInt8]) throws(FSError) -> [UInt8] {
    try AuthenticatedCipher.seal(
      packed, key: key, nonce: Self.nonce(frame), additional: header)
  }

  /// Opens a frame and decompresses it.
  ///
  /// - Throws: `corrupt`.
  func open(
    frame: UInt64, _ sealed: UnsafeRawBufferPointer, _ what: String
  ) throws(FSError) -> [UInt8] {
    let packed = try AuthenticatedCipher.open(
      sealed, key: key, nonce: Self.nonce(frame), additional: header, what)
    return try PackedBytes.unpack(packed, what)
  }
}

/// Objects of a single frame: indexes and snapshots.
enum SealedObject {
  static func seal(
    _ body: [UInt8], _ kind: ObjectSeal.Kind, _ key: RepositoryKey
  ) throws(FSError) -> [UInt8] {
    let seal = try ObjectSeal(making: kind, key)
    let packed = try body.withBytes { (raw) throws(FSError) in try PackedBytes.pack(raw) }
    return seal.prefix + (try seal.seal(frame: 0, packed: packed))
  }

  static func open(
    _ object: [UInt8], _ kind: ObjectSeal.Kind, _ key: RepositoryKey, _ what: String
  ) throws(FSError) -> [UInt8] {
    try object.withBytes { (raw) throws(FSError) in
      let seal = try ObjectSeal(reading: raw, kind, key, what)
      return try seal.open(
        frame: 0, UnsafeRawBufferPointer(rebasing: raw[ObjectSeal.prefixBytes...]), what)
    }
  }
}

/// The key that all object keys come from.
struct RepositoryKey: Sendable, Equatable {
  let bytes: [UInt8]

  func objectKey(salt: [UInt8]) throws(FSError) -> [UInt8] {
    try SHA256.hmac(key: bytes, [UInt8]("swfs-backup object".utf8) + salt)
  }
}
