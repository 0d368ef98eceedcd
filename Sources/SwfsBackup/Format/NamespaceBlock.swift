import SwfsCore

/// Cuts a stream of rows into blocks whose limits depend on the rows themselves, so that an
/// unchanged part of the namespace gives the same blocks in every snapshot.
struct BlockBuilder {
  static let bytesMin = 128 << 10
  static let bytesMax = 1 << 20
  /// One row in 256 ends a block that is long enough.
  private static let cutMask: UInt32 = 255

  private var writer = ByteWriter()
  private var directory: [UInt8]?

  var isEmpty: Bool { writer.bytes.isEmpty }

  /// Adds a row; returns the block that it completes, if it does.
  mutating func add(_ row: NamespaceRow) -> [UInt8]? {
    writer.fixed(row.dirhash)
    if row.directory == directory {
      writer.varint(0)
    } else {
      writer.count(row.directory.count + 1)
      writer.raw(row.directory)
      directory = row.directory
    }
    writer.prefixed(row.name)
    writer.prefixed(row.meta)
    guard writer.bytes.count >= Self.bytesMin else { return nil }
    return writer.bytes.count >= Self.bytesMax || Self.cuts(row) ? take() : nil
  }

  /// The rows since the last block.
  mutating func take() -> [UInt8] {
    defer {
      writer.removeAll()
      directory = nil
    }
    return writer.bytes
  }

  private static func cuts(_ row: NamespaceRow) -> Bool {
    var key = ByteWriter()
    key.raw(row.name)
    key.fixed(row.dirhash)
    return key.bytes.withUnsafeBytes { CRC32C.checksum($0) } & cutMask == 0
  }
}

enum NamespaceBlock {
  /// Hands over every row of a block.
  ///
  /// - Throws: `corrupt`, or what the body throws.
  static func forEachRow(
    _ block: [UInt8], _ what: String, _ body: (NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) {
    try block.withBytes { (raw) throws(FSError) in
      var reader = ByteReader(raw, what)
      var directory: [UInt8] = []
      while !reader.isAtEnd {
        let dirhash = try reader.fixed(Int64.self)
        let length = try reader.number(Int.self)
        if length > 0 { directory = [UInt8](try reader.take(length - 1)) }
        let name = try reader.byteArray()
        try body(
          NamespaceRow(
            dirhash: dirhash, directory: directory, name: name, meta: try reader.byteArray()))
      }
    }
  }
}
