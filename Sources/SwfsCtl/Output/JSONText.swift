/// Writes JSON into a buffer, without building a value first: one line for each of a million entries.
struct JSONText {
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  init() {}

  mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  var string: String { String(decoding: bytes, as: UTF8.self) }

  mutating func object(_ body: (inout JSONText) -> Void) { wrap(0x7b, 0x7d, body) }
  mutating func array(_ body: (inout JSONText) -> Void) { wrap(0x5b, 0x5d, body) }

  private mutating func wrap(_ open: UInt8, _ close: UInt8, _ body: (inout JSONText) -> Void) {
    separate()
    bytes.append(open)
    needsComma = false
    body(&self)
    bytes.append(close)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(0x2c) }
    needsComma = true
  }

  mutating func key(_ name: String) {
    separate()
    quote(name)
    bytes.append(0x3a)
    needsComma = false
  }

  mutating func value(_ text: String) {
    separate()
    quote(text)
  }

  mutating func value(_ number: some BinaryInteger) { raw(String(number)) }
  mutating func value(_ flag: Bool) { raw(flag ? "true" : "false") }

  /// With at most three decimals; what is no number becomes null.
  mutating func value(_ number: Double) {
    guard number.isFinite else { return null() }
    let scaled = (number * 1000).rounded()
    raw(scaled.magnitude < 1e15 ? String(scaled / 1000) : String(number))
  }

  mutating func null() { raw("null") }

  private mutating func raw(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
  }

  mutating func field(_ name: String, _ text: String) {
    key(name)
    value(text)
  }

  mutating func field(_ name: String, _ number: some BinaryInteger) {
    key(name)
    value(number)
  }

  mutating func field(_ name: String, _ number: Double) {
    key(name)
    value(number)
  }

  mutating func field(_ name: String, _ flag: Bool) {
    key(name)
    value(flag)
  }

  mutating func field(_ name: String, _ list: [String]) {
    key(name)
    array { for text in list { $0.value(text) } }
  }

  /// Left out when there is none.
  mutating func field(_ name: String, ifAny text: String?) {
    if let text, !text.isEmpty { field(name, text) }
  }

  private mutating func quote(_ text: String) {
    bytes.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22: append(#"\""#)
      case 0x5c: append(#"\\"#)
      case 0x0a: append(#"\n"#)
      case 0x09: append(#"\t"#)
      case 0x0d: append(#"\r"#)
      case 0..<0x20, 0x7f:
        append("\\u00")
        bytes.append(Self.digits[Int(byte >> 4)])
        bytes.append(Self.digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(0x22)
  }

  private mutating func append(_ text: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private static let digits = Array("0123456789abcdef".utf8)
}
