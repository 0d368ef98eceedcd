import SwfsCore

/// One record of the files that `weed shell` writes with `fs.meta.save` and reads with `fs.meta.load`:
/// a big-endian 32-bit length, then `filer_pb.FullEntry{dir=1, entry=2}`. Files whose names end in
/// `.gz` or `.gzip` are gzip as a whole.
enum MetaSave {
  /// The largest record that is believed: a filer's largest message.
  static let recordBytesMax = 1 << 30

  static func bytes(_ record: EntryRecord) -> [UInt8] {
    let entry = EntryEncoder.bytes(
      of: record.entry, includesName: true, includesFileIDText: true)
    var message: [UInt8] = []
    message.reserveCapacity(entry.count + record.path.string.utf8.count + 16)
    append(field: 1, Array(record.path.parent.string.utf8), to: &message)
    append(field: 2, entry, to: &message)
    let count = UInt32(clamping: message.count)
    return withUnsafeBytes(of: count.bigEndian, Array.init) + message
  }

  private static func append(field: UInt8, _ bytes: [UInt8], to message: inout [UInt8]) {
    message.append(field << 3 | 2)
    var rest = UInt64(bytes.count)
    while rest >= 0x80 {
      message.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    message.append(UInt8(rest))
    message += bytes
  }

  /// Reads a record's message, the length aside. The root's own record has an empty name.
  ///
  /// - Throws: `corrupt`.
  static func record(_ message: [UInt8]) throws(FSError) -> EntryRecord {
    var directory = ""
    var entry: [UInt8]?
    var rest = message[...]
    while let tag = rest.popFirst() {
      guard tag == 1 << 3 | 2 || tag == 2 << 3 | 2, let length = varint(&rest),
        length <= UInt64(rest.count)
      else { throw FSError(.corrupt, "not a record of fs.meta.save") }
      let value = rest.prefix(Int(length))
      rest = rest.dropFirst(Int(length))
      if tag == 1 << 3 | 2 {
        directory = String(decoding: value, as: UTF8.self)
      } else {
        entry = Array(value)
      }
    }
    guard let entry else { throw FSError(.corrupt, "a record without an entry") }
    let parent = try EntryPath(normalizing: directory)
    let decoded = Result { () throws(FSError) -> Entry in
      try entry.withTypedBytes { (bytes) throws(FSError) in
        try EntryDecoder.entry(of: bytes, name: nil)
      }
    }
    var value = try decoded.get()
    if value.name.string.isEmpty {
      return EntryRecord(path: parent, entry: value, includesChunks: true)
    }
    value.name = try EntryName(checking: value.name.string)
    return EntryRecord(path: parent.appending(value.name), entry: value, includesChunks: true)
  }

  private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}

extension [UInt8] {
  /// `withUnsafeBytes` that keeps the error's type.
  func withTypedBytes<R>(
    _ body: (UnsafeRawBufferPointer) throws(FSError) -> R
  ) throws(FSError) -> R {
    let result: Result<R, FSError> = withUnsafeBytes { bytes in
      do throws(FSError) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
