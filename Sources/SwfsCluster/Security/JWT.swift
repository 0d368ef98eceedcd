internal import COpenSSL
import Glibc
import SwfsCore

/// JSON web tokens as SeaweedFS uses them: HS256 over the file id and an end.
enum JWT {
  /// The token for one needle (`fid` without `_N`; empty for a filer's HTTP port), or empty when
  /// there is no key.
  ///
  /// - Parameter expiresSeconds: 0 leaves the token without an end, as weed does.
  static func token(fid: String, key: String, expiresSeconds: Int, now: Int = time(nil)) -> String {
    guard !key.isEmpty else { return "" }
    var claims = "{"
    // File ids are digits, letters, comma and slash: nothing to escape in JSON.
    if !fid.isEmpty { claims += "\"fid\":\"\(fid)\"" }
    if expiresSeconds > 0 {
      let (end, overflow) = now.addingReportingOverflow(expiresSeconds)
      if !fid.isEmpty { claims += "," }
      claims += "\"exp\":\(overflow ? .max : end)"
    }
    claims += "}"
    let signed = header + "." + base64URL(Array(claims.utf8))
    return signed + "." + base64URL(hmacSHA256(Array(key.utf8), Array(signed.utf8)))
  }

  /// `{"alg":"HS256","typ":"JWT"}`
  private static let header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

  static func hmacSHA256(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    var length = 0
    // A failure (no memory) leaves zeros: a token that the server refuses.
    _ = EVP_Q_mac(
      nil, "HMAC", nil, "SHA256", nil, key, key.count, message, message.count, &digest,
      digest.count, &length)
    return digest
  }

  /// RFC 4648 §5 without padding.
  static func base64URL(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 4 / 3 + 2)
    var index = 0
    while index < bytes.count {
      let group = bytes[index..<min(index + 3, bytes.count)]
      var word: UInt32 = 0
      for byte in group { word = word << 8 | UInt32(byte) }
      word <<= UInt32(8 * (3 - group.count))
      for digit in 0...group.count {
        text.append(alphabet[Int(word >> UInt32(18 - 6 * digit) & 63)])
      }
      index += 3
    }
    return String(decoding: text, as: UTF8.self)
  }
}
