import SwfsCore

/// Reads protobuf fields one after the other, in bounds, whatever the bytes are.
struct WireReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  enum Field {
    case varint(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    case bytes(UnsafeRawBufferPointer)
  }

  /// The next field, or nil at the end.
  ///
  /// - Throws: `corrupt` when the message is cut short or uses groups.
  mutating func next() throws(FSError) -> (number: UInt64, value: Field)? {
    guard position < bytes.count else { return nil }
    let tag = try varint()
    switch tag & 7 {
    case 0: return (tag >> 3, .varint(try varint()))
    case 1: return (tag >> 3, .fixed64(try fixed(UInt64.self)))
    case 2:
      let length = try varint()
      guard length <= UInt64(bytes.count - position) else { throw Self.cut }
      let slice = bytes[position..<(position + Int(length))]
      position += Int(length)
      return (tag >> 3, .bytes(UnsafeRawBufferPointer(rebasing: slice)))
    case 5: return (tag >> 3, .fixed32(try fixed(UInt32.self)))
    default: throw FSError(.corrupt, "a protobuf field of unknown type \(tag & 7)")
    }
  }

  private static var cut: FSError { FSError(.corrupt, "a protobuf message is cut short") }

  private mutating func varint() throws(FSError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
      if shift > 63 { throw FSError(.corrupt, "a protobuf number is longer than ten bytes") }
    }
    throw Self.cut
  }

  private mutating func fixed<T: FixedWidthInteger>(_: T.Type) throws(FSError) -> T {
    let size = MemoryLayout<T>.size
    guard bytes.count - position >= size else { throw Self.cut }
    defer { position += size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
  }
}
