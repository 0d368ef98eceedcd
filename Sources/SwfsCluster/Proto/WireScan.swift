/// A look into protobuf bytes that do not decode as a whole: finds one length-delimited field.
enum WireScan {
  /// The name inside a `ListEntriesResponse`: field 1 (the entry), then field 1 (its name).
  static func listedName(_ message: [UInt8]) -> String? {
    guard let entry = field(1, in: message[...]), let name = field(1, in: entry) else { return nil }
    return String(validating: name, as: UTF8.self)
  }

  /// The bytes of the first length-delimited field with this number; nil when it is not there or the
  /// bytes before it are broken.
  static func field(_ wanted: UInt64, in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var rest = bytes
    while !rest.isEmpty {
      guard let tag = varint(&rest) else { return nil }
      switch tag & 7 {
      case 0: guard varint(&rest) != nil else { return nil }
      case 1: guard skip(8, &rest) else { return nil }
      case 5: guard skip(4, &rest) else { return nil }
      case 2:
        guard let length = varint(&rest), let count = Int(exactly: length), count <= rest.count
        else { return nil }
        if tag >> 3 == wanted { return rest.prefix(count) }
        rest = rest.dropFirst(count)
      default: return nil
      }
    }
    return nil
  }

  private static func skip(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> Bool {
    guard rest.count >= count else { return false }
    rest = rest.dropFirst(count)
    return true
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }
}
