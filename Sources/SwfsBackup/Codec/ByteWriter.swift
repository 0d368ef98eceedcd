/// Appends numbers and strings in the forms of `docs/BACKUP-FORMAT.md`.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  mutating func fixed(_ value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  /// Unsigned LEB128.
  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func count(_ value: Int) { varint(UInt64(max(value, 0))) }

  mutating func raw(_ value: some Collection<UInt8>) { bytes.append(contentsOf: value) }

  mutating func prefixed(_ value: some Collection<UInt8>) {
    count(value.count)
    bytes.append(contentsOf: value)
  }

  mutating func string(_ value: String) { prefixed(value.utf8) }

  mutating func strings(_ values: [String]) {
    count(values.count)
    for value in values { string(value) }
  }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}
