/// Reads protobuf fields one after the other out of bytes that nobody has checked yet.
///
/// Every read is bounds-checked and nothing here traps. It borrows the buffer: no copy, no
/// allocation. Semantics are those of Go's decoder, which wrote the bytes: unknown fields and known
/// ones of an unexpected wire type are skipped; groups, which proto3 does not have, are refused.
struct WireReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// A field's number and the way its value is written, as they stand in the bytes: one number, so
  /// that a `switch` over tags becomes a jump.
  struct Tag: Equatable {
    let raw: UInt32

    static func varint(_ number: UInt32) -> Tag { Tag(raw: number << 3) }
    static func bytes(_ number: UInt32) -> Tag { Tag(raw: number << 3 | 2) }
    static func fixed32(_ number: UInt32) -> Tag { Tag(raw: number << 3 | 5) }
  }

  /// The next field's tag, or nil at the end.
  mutating func next() throws(WireError) -> Tag? {
    guard position < bytes.count else { return nil }
    let raw = try varint()
    // Field numbers are 1 … 2^29-1.
    guard raw >= 8, let raw = UInt32(exactly: raw) else { throw .badTag }
    return Tag(raw: raw)
  }

  mutating func varint() throws(WireError) -> UInt64 {
    // Most numbers here are a single byte: tags, lengths, small values.
    if position < bytes.count, bytes[position] < 0x80 {
      defer { position += 1 }
      return UInt64(bytes[position])
    }
    return try longVarint()
  }

  private mutating func longVarint() throws(WireError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      // The tenth byte holds bit 63 only.
      if shift == 63 && byte > 1 { throw .varintTooLong }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw .truncated
  }

  mutating func int64() throws(WireError) -> Int64 { Int64(bitPattern: try varint()) }
  // Longer varints are cut to 32 bits, as every protobuf decoder does.
  mutating func int32() throws(WireError) -> Int32 { Int32(truncatingIfNeeded: try varint()) }
  mutating func uint32() throws(WireError) -> UInt32 { UInt32(truncatingIfNeeded: try varint()) }
  mutating func bool() throws(WireError) -> Bool { try varint() != 0 }

  mutating func fixed32() throws(WireError) -> UInt32 {
    let raw = try take(4)
    return UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self))
  }

  /// The bytes of a length-delimited field, still inside the buffer.
  mutating func slice() throws(WireError) -> UnsafeRawBufferPointer {
    let length = try varint()
    guard length <= UInt64(bytes.count - position) else { throw .truncated }
    return try take(Int(length))
  }

  mutating func byteArray() throws(WireError) -> [UInt8] { [UInt8](try slice()) }

  mutating func string() throws(WireError) -> String {
    let raw = try slice()
    guard let text = String(validating: raw, as: UTF8.self) else { throw .badUTF8 }
    return text
  }

  /// A string that is not needed but must be right: the filer refuses the whole entry otherwise.
  mutating func checkedString() throws(WireError) -> UnsafeRawBufferPointer {
    let raw = try slice()
    guard raw.isValidUTF8 else { throw .badUTF8 }
    return raw
  }

  mutating func skip(_ tag: Tag) throws(WireError) {
    switch tag.raw & 7 {
    case 0: _ = try varint()
    case 1: _ = try take(8)
    case 2: _ = try slice()
    case 5: _ = try take(4)
    default: throw .badTag
    }
  }

  private mutating func take(_ count: Int) throws(WireError) -> UnsafeRawBufferPointer {
    guard count <= bytes.count - position else { throw .truncated }
    defer { position += count }
    return UnsafeRawBufferPointer(start: bytes.baseAddress.map { $0 + position }, count: count)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes are UTF-8. Plain ASCII, the common case, allocates nothing.
  var isValidUTF8: Bool {
    var isASCII = true
    for byte in self where byte >= 0x80 {
      isASCII = false
      break
    }
    return isASCII || String(validating: self, as: UTF8.self) != nil
  }

  func elementsEqual(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    return starts(with: text)
  }

  func starts(with text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount where self[index] != text.utf8Start[index] {
      return false
    }
    return true
  }
}
