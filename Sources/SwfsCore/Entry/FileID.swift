/// The address of a needle: volume, key and cookie. Text form `3,01637037d6`.
public struct FileID: Sendable, Hashable {
  public var volume: UInt32
  public var key: UInt64
  public var cookie: UInt32

  public init(volume: UInt32, key: UInt64, cookie: UInt32) {
    self.volume = volume
    self.key = key
    self.cookie = cookie
  }

  /// Parses `VOLUME,KEYCOOKIE` (also `VOLUME/KEYCOOKIE`), with an optional `_N` that is added to the key.
  /// The last eight hex digits are the cookie. Returns nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(maxSplits: 1, whereSeparator: { $0 == "," || $0 == "/" })
    guard parts.count == 2, let volume = UInt32(parts[0]) else { return nil }
    let pieces = parts[1].split(separator: "_", maxSplits: 1)
    guard let digits = pieces.first, digits.utf8.count > 8, digits.utf8.count <= 24,
      digits.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let key = UInt64(digits.dropLast(8), radix: 16),
      let cookie = UInt32(digits.suffix(8), radix: 16)
    else { return nil }
    var total = key
    if pieces.count == 2 {
      guard let extra = UInt64(pieces[1]) else { return nil }
      let (sum, overflow) = key.addingReportingOverflow(extra)
      guard !overflow else { return nil }
      total = sum
    }
    self.init(volume: volume, key: total, cookie: cookie)
  }

  /// The id that lies `count` keys further on the same volume with the same cookie.
  public func advanced(by count: UInt64) -> FileID? {
    let (sum, overflow) = key.addingReportingOverflow(count)
    return overflow ? nil : FileID(volume: volume, key: sum, cookie: cookie)
  }
}

extension FileID: CustomStringConvertible {
  /// Leading zero bytes of the key are left out, so the number of digits is even.
  public var description: String {
    var hex = String(key, radix: 16)
    if hex.utf8.count % 2 == 1 { hex = "0" + hex }
    if key == 0 { hex = "" }
    let tail = String(cookie, radix: 16)
    return "\(volume)," + hex + String(repeating: "0", count: 8 - tail.utf8.count) + tail
  }
}
