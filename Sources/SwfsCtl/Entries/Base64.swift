/// Base64 of the standard alphabet with padding, for bytes inside JSON and CSV.
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 0xff, count: 256)
    for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
    return table
  }()

  static func text(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let count = min(3, bytes.count - index)
      var word = UInt32(0)
      for step in 0..<3 {
        word = word << 8 | (step < count ? UInt32(bytes[index + step]) : 0)
      }
      for step in 0..<4 {
        result.append(
          step <= count ? alphabet[Int(word >> UInt32(18 - 6 * step) & 63)] : UInt8(ascii: "="))
      }
      index += 3
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Nil for anything that `text` does not make.
  static func bytes(_ text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count % 4 == 0 else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(characters.count / 4 * 3)
    for start in stride(from: 0, to: characters.count, by: 4) {
      let isLast = start + 4 == characters.count
      var padding = 0
      if isLast && characters[start + 3] == UInt8(ascii: "=") {
        padding = characters[start + 2] == UInt8(ascii: "=") ? 2 : 1
      }
      var word = UInt32(0)
      for step in 0..<4 {
        let isPadding = step >= 4 - padding
        let value = isPadding ? 0 : values[Int(characters[start + step])]
        guard value != 0xff else { return nil }
        word = word << 6 | UInt32(value)
      }
      for step in 0..<(3 - padding) { result.append(UInt8(word >> UInt32(16 - 8 * step) & 0xff)) }
    }
    return result
  }
}
