/// What the headers and trailers of a reply say, gathered as they arrive.
struct ReplyHeaders {
  private var httpStatus: Int?
  private var statusNumber: Int?
  private var message = ""
  private var isGRPC = false

  /// Takes one header field. Later fields win, as trailers come after headers.
  mutating func add(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    switch String(decoding: name, as: UTF8.self) {
    case ":status": httpStatus = Int(String(decoding: value, as: UTF8.self))
    case "content-type": isGRPC = value.starts(with: "application/grpc".utf8)
    case "grpc-status": statusNumber = Int(String(decoding: value, as: UTF8.self)) ?? -1
    case "grpc-message": message = GRPCStatus.percentDecoded(value)
    default: break
    }
  }

  /// The status of the finished stream; nil when the server ended it without saying one.
  var status: GRPCStatus? {
    if let statusNumber {
      return GRPCStatus(GRPCStatus.Code(rawValue: statusNumber) ?? .unknown, message)
    }
    if let httpStatus, httpStatus != 200 { return .fromHTTP(httpStatus) }
    if httpStatus != nil && !isGRPC { return GRPCStatus(.unknown, "the reply is not gRPC") }
    return nil
  }
}
