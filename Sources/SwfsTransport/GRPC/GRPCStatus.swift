/// What a gRPC server says at the end of a call.
public struct GRPCStatus: Sendable, Equatable {
  public var code: Code
  /// Free text of the server, percent-decoded.
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The canonical codes of gRPC. Numbers outside 0…16 become `unknown`.
  public enum Code: Int, Sendable, CaseIterable {
    case ok = 0
    case cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists
    case permissionDenied, resourceExhausted, failedPrecondition, aborted, outOfRange
    case unimplemented, internalError, unavailable, dataLoss, unauthenticated
  }

  /// The status for a reply that is not gRPC at all, by gRPC's table of HTTP codes.
  static func fromHTTP(_ status: Int) -> GRPCStatus {
    let code: Code =
      switch status {
      case 400: .internalError
      case 401: .unauthenticated
      case 403: .permissionDenied
      case 404: .unimplemented
      case 429, 502, 503, 504: .unavailable
      default: .unknown
      }
    return GRPCStatus(code, "HTTP status \(status)")
  }

  /// Decodes `%xx` of a `grpc-message` header. Broken escapes stay as they are, bytes that are not
  /// UTF-8 are replaced: the text is for people.
  static func percentDecoded(_ bytes: some Collection<UInt8>) -> String {
    let raw = Array(bytes)
    var out: [UInt8] = []
    var index = 0
    while index < raw.count {
      if raw[index] == 0x25, index + 2 < raw.count, let high = hexDigit(raw[index + 1]),
        let low = hexDigit(raw[index + 2])
      {
        out.append(high << 4 | low)
        index += 3
      } else {
        out.append(raw[index])
        index += 1
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}

extension GRPCStatus: CustomStringConvertible {
  public var description: String { "\(code): \(message)" }
}
