/// Appends protobuf fields. Zero values are left out, as proto3 does.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ number: UInt32, _ value: UInt64) {
    guard value != 0 else { return }
    raw(UInt64(number) << 3)
    raw(value)
  }

  mutating func int64(_ number: UInt32, _ value: Int64) {
    varint(number, UInt64(bitPattern: value))
  }

  // Negative 32-bit numbers are written as 64-bit ones: ten bytes, as every encoder does.
  mutating func int32(_ number: UInt32, _ value: Int32) { int64(number, Int64(value)) }
  mutating func uint32(_ number: UInt32, _ value: UInt32) { varint(number, UInt64(value)) }
  mutating func bool(_ number: UInt32, _ value: Bool) { varint(number, value ? 1 : 0) }

  mutating func fixed32(_ number: UInt32, _ value: UInt32) {
    guard value != 0 else { return }
    raw(UInt64(number) << 3 | 5)
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  mutating func string(_ number: UInt32, _ value: String) {
    guard !value.utf8.isEmpty else { return }
    present(number, value.utf8)
  }

  mutating func byteArray(_ number: UInt32, _ value: [UInt8]) {
    guard !value.isEmpty else { return }
    present(number, value)
  }

  /// A length-delimited field that is written even when empty (map entries, optional strings).
  mutating func present(_ number: UInt32, _ value: some Collection<UInt8>) {
    raw(UInt64(number) << 3 | 2)
    raw(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func message(_ number: UInt32, _ body: (inout WireWriter) -> Void) {
    var inner = WireWriter()
    body(&inner)
    present(number, inner.bytes)
  }

  private mutating func raw(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
