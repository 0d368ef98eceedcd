import SwfsCore

/// Reads what `ByteWriter` wrote, out of bytes that may be damaged: every read is bounds-checked.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0
  private let what: String

  /// - Parameter what: names the bytes in errors.
  init(_ bytes: UnsafeRawBufferPointer, _ what: String) {
    self.bytes = bytes
    self.what = what
  }

  var isAtEnd: Bool { position >= bytes.count }

  /// - Throws: `corrupt` unless every byte has been read.
  func finish() throws(FSError) {
    guard isAtEnd else { throw FSError(.corrupt, "\(what): bytes behind the end") }
  }

  mutating func take(_ count: Int) throws(FSError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= bytes.count - position else {
      throw FSError(.corrupt, "\(what): ends too early")
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  mutating func byte() throws(FSError) -> UInt8 { try take(1)[0] }

  mutating func fixed<Number: FixedWidthInteger>(_ type: Number.Type) throws(FSError) -> Number {
    let raw = try take(MemoryLayout<Number>.size)
    return Number(bigEndian: raw.loadUnaligned(as: Number.self))
  }

  mutating func varint() throws(FSError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      guard shift < 63 || byte <= 1 else {
        throw FSError(.corrupt, "\(what): a number over 64 bits")
      }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  /// A number that has to fit where it is used.
  mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type, atMost limit: Number = .max
  ) throws(FSError) -> Number {
    guard let value = Number(exactly: try varint()), value <= limit else {
      throw FSError(.corrupt, "\(what): a number out of range")
    }
    return value
  }

  /// The length of a list whose items take at least `itemBytes` each: lies allocate nothing.
  mutating func count(itemBytes: Int) throws(FSError) -> Int {
    let count = try number(Int.self)
    guard count <= (bytes.count - position) / max(itemBytes, 1) else {
      throw FSError(.corrupt, "\(what): a list longer than its bytes")
    }
    return count
  }

  mutating func prefixed() throws(FSError) -> UnsafeRawBufferPointer {
    try take(try number(Int.self))
  }

  mutating func byteArray() throws(FSError) -> [UInt8] { [UInt8](try prefixed()) }

  mutating func string() throws(FSError) -> String {
    guard let text = String(validating: try prefixed(), as: UTF8.self) else {
      throw FSError(.corrupt, "\(what): a text that is not UTF-8")
    }
    return text
  }

  mutating func strings() throws(FSError) -> [String] {
    var result: [String] = []
    for _ in 0..<(try count(itemBytes: 1)) { result.append(try string()) }
    return result
  }
}

extension [UInt8] {
  /// `withUnsafeBytes` that keeps the error's type.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws(FSError) -> R) throws(FSError) -> R {
    let result: Result<R, FSError> = withUnsafeBytes { bytes in
      do throws(FSError) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
