/// Where a filer keeps a key of its key-value store: in the same table, keyed by the key itself instead
/// of a hash, so that such a row is never mistaken for an entry.
struct KeyValueRow: Hashable {
  let dirhash: Int64
  let directory: String
  let name: String

  /// Keys shorter than eight bytes are padded with zeros.
  init(key: [UInt8]) {
    let head = key.prefix(8) + [UInt8](repeating: 0, count: max(0, 8 - key.count))
    dirhash = head.reduce(into: Int64(0)) { $0 = $0 << 8 | Int64($1) }
    directory = Self.base64(head)
    name = Self.base64(key.dropFirst(8))
  }

  /// Standard alphabet with padding.
  static func base64(_ bytes: some Collection<UInt8>) -> String {
    let alphabet = [UInt8](
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    var rest = ArraySlice(bytes)
    while !rest.isEmpty {
      let group = rest.prefix(3)
      rest = rest.dropFirst(3)
      let word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for index in 0..<4 {
        let used = index <= group.count
        text.append(used ? alphabet[Int(word >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
