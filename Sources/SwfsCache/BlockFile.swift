internal import CZlib
import Glibc
import SwfsCore

/// The format of one cached block on disk, and reading and writing it.
///
/// ```
/// 0   8  "swfsblk1"
/// 8   4  volume        12  4  cookie       16  8  key of the needle
/// 24  8  start of the block in the needle  32  8  bytes in the block
/// 40  4  bytes of a piece                  44  4  CRC-32 of bytes 0..<44 and of the table
/// 48  4  CRC-32 of each piece, then the block's bytes
/// ```
/// Little endian. Pieces let a small read check what it uses without reading the whole block. All
/// sums start from the sum of the cluster's identity, so a block of another cluster never passes.
struct BlockFile: Sendable {
  static let magic: [UInt8] = Array("swfsblk1".utf8)
  static let headerBytes = 48
  static let pieceBytes = 16 << 10

  /// CRC-32 of the identity of the cluster that the needles belong to.
  let seed: UInt32

  enum Failure: Error, Equatable {
    /// There is no such file.
    case missing
    /// The file is not what was written there.
    case damaged
    /// A system call failed: the device, not the block.
    case system(Int32)
  }

  init(identity: String) {
    seed = Self.sum(Array(identity.utf8), from: 0)
  }

  /// Bytes of the file that holds a block.
  static func fileBytes(_ key: BlockKey) -> Int {
    headerBytes + 4 * pieces(key) + key.count
  }

  private static func pieces(_ key: BlockKey) -> Int { (key.count + pieceBytes - 1) / pieceBytes }

  // MARK: Writing

  /// Writes a block to a new file and moves it into place, so that no half-written file ever has
  /// the final name. Not synced: after a power loss the sums tell what did not get to the disk.
  func write(
    _ bytes: UnsafeRawBufferPointer, _ key: BlockKey, to path: String, by way: String
  ) throws(Failure) {
    let descriptor = open(way, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system(errno) }
    var failure: Failure?
    do throws(Failure) {
      try header(bytes, key).withUnsafeBytesTyped { (header) throws(Failure) in
        try Self.writeAll(descriptor, header)
      }
      try Self.writeAll(descriptor, bytes)
    } catch { failure = error }
    if Glibc.close(descriptor) != 0, failure == nil { failure = .system(errno) }
    if failure == nil, rename(way, path) != 0 { failure = .system(errno) }
    if let failure {
      unlink(way)
      throw failure
    }
  }

  private func header(_ bytes: UnsafeRawBufferPointer, _ key: BlockKey) -> [UInt8] {
    var header = fields(key)
    var table: [UInt8] = []
    table.reserveCapacity(4 * Self.pieces(key))
    var position = 0
    while position < bytes.count {
      let end = min(position + Self.pieceBytes, bytes.count)
      let piece = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
      table.append(littleEndian: Self.sum(piece, from: seed))
      position = end
    }
    header.append(littleEndian: Self.sum(table, from: Self.sum(header, from: seed)))
    return header + table
  }

  /// Everything in front of the header's own sum.
  private func fields(_ key: BlockKey) -> [UInt8] {
    var fields = Self.magic
    fields.append(littleEndian: key.fid.volume)
    fields.append(littleEndian: key.fid.cookie)
    fields.append(littleEndian: key.fid.key)
    fields.append(littleEndian: key.start)
    fields.append(littleEndian: UInt64(key.count))
    fields.append(littleEndian: UInt32(Self.pieceBytes))
    return fields
  }

  private static func writeAll(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count > 0 { done += count } else if errno != EINTR { throw .system(errno) }
    }
  }

  // MARK: Reading

  /// Reads a part of a block and checks every byte that it hands out.
  func read(
    _ key: BlockKey, offset: Int, into buffer: UnsafeMutableRawBufferPointer, from path: String
  ) throws(Failure) {
    guard offset >= 0, offset <= key.count, buffer.count <= key.count - offset else {
      throw .damaged
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw errno == ENOENT ? .missing : .system(errno) }
    defer { Glibc.close(descriptor) }
    let table = try readTable(descriptor, key)
    let data = Int64(Self.headerBytes + table.count)

    let end = offset + buffer.count
    var position = offset
    while position < end {
      let index = position / Self.pieceBytes
      let pieceStart = index * Self.pieceBytes
      if position == pieceStart {
        // As many whole pieces as there are, in one call and straight into place.
        let whole = end == key.count ? end : end / Self.pieceBytes * Self.pieceBytes
        if whole > position {
          let part = UnsafeMutableRawBufferPointer(
            rebasing: buffer[position - offset..<whole - offset])
          try Self.readAll(descriptor, part, at: data + Int64(position))
          try check(part, firstPiece: index, table)
          position = whole
          continue
        }
      }
      let pieceEnd = min(pieceStart + Self.pieceBytes, key.count)
      let stop = min(pieceEnd, end)
      try withPiece(pieceEnd - pieceStart) { (piece) throws(Failure) in
        try Self.readAll(descriptor, piece, at: data + Int64(pieceStart))
        try check(piece, firstPiece: index, table)
        UnsafeMutableRawBufferPointer(rebasing: buffer[position - offset..<stop - offset])
          .copyMemory(
            from: UnsafeRawBufferPointer(
              rebasing: piece[position - pieceStart..<stop - pieceStart]))
      }
      position = stop
    }
  }

  /// The table of sums, after checking that the file is the block that was asked for.
  private func readTable(_ descriptor: Int32, _ key: BlockKey) throws(Failure) -> [UInt8] {
    var head = [UInt8](repeating: 0, count: Self.headerBytes + 4 * Self.pieces(key))
    var failure: Failure?
    head.withUnsafeMutableBytes { bytes in
      do throws(Failure) { try Self.readAll(descriptor, bytes, at: 0) } catch { failure = error }
    }
    if let failure { throw failure }
    let fields = Array(head.prefix(Self.headerBytes - 4))
    let table = Array(head.dropFirst(Self.headerBytes))
    guard fields == self.fields(key),
      head.littleEndian(at: Self.headerBytes - 4)
        == Self.sum(table, from: Self.sum(fields, from: seed))
    else { throw .damaged }
    return table
  }

  private func check(
    _ bytes: UnsafeMutableRawBufferPointer, firstPiece: Int, _ table: [UInt8]
  ) throws(Failure) {
    var index = firstPiece
    var position = 0
    while position < bytes.count {
      let end = min(position + Self.pieceBytes, bytes.count)
      let piece = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
      guard Self.sum(piece, from: seed) == table.littleEndian(at: 4 * index) else {
        throw .damaged
      }
      position = end
      index += 1
    }
  }

  private func withPiece(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { piece.deallocate() }
    try body(piece)
  }

  private static func readAll(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, at offset: Int64
  ) throws(Failure) {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(descriptor, rest.baseAddress, rest.count, Int(offset) + done)
      if count == 0 { throw .damaged }  // shorter than it was written
      if count > 0 { done += count } else if errno != EINTR { throw .system(errno) }
    }
  }

  // MARK: Sums

  static func sum(_ bytes: [UInt8], from start: UInt32) -> UInt32 {
    bytes.withUnsafeBytes { sum($0, from: start) }
  }

  static func sum(_ bytes: UnsafeRawBufferPointer, from start: UInt32) -> UInt32 {
    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return start }
    return UInt32(truncatingIfNeeded: crc32_z(UInt(start), base, bytes.count))
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate func littleEndian(at index: Int) -> UInt32? {
    guard index >= 0, index + 4 <= count else { return nil }
    return (0..<4).reduce(UInt32(0)) { $0 | UInt32(self[index + $1]) << (8 * UInt32($1)) }
  }

  /// `withUnsafeBytes` with the body's own error type.
  fileprivate func withUnsafeBytesTyped(
    _ body: (UnsafeRawBufferPointer) throws(BlockFile.Failure) -> Void
  ) throws(BlockFile.Failure) {
    var failure: BlockFile.Failure?
    withUnsafeBytes { bytes in
      do throws(BlockFile.Failure) { try body(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
