import SwfsCore
import SwfsTransport

/// What a volume server says about a needle it stored: `{"name":…,"size":N,"eTag":"<crc hex>",…}`.
struct UploadReply: Equatable {
  var bytes: UInt64?
  /// Hex of the CRC-32C of the stored bytes.
  var etag: String

  init(_ reply: HTTPReply, json: UnsafeRawBufferPointer) {
    let text = String(decoding: json, as: UTF8.self)
    bytes = Self.text(after: "\"size\":", in: text).flatMap { UInt64($0) }
    etag = reply.etag.isEmpty ? Self.text(after: "\"eTag\":\"", in: text) ?? "" : reply.etag
  }

  /// Letters and digits that follow a key. The reply is flat and its strings are file ids, so the
  /// first occurrence is the key.
  private static func text(after key: String, in text: String) -> String? {
    guard let found = text.firstRange(of: key) else { return nil }
    let value = text[found.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
    return value.isEmpty ? nil : String(value)
  }
}
