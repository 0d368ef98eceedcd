/// Cuts the byte stream of a reply into messages: one byte of flags, four of length, then the bytes.
///
/// A value without I/O. Lengths come from the network: memory is taken only as bytes arrive.
struct GRPCMessageDecoder {
  /// Largest message that is accepted. Servers allow 1 GiB; an entry of 100,000 chunks has 10 MB.
  static let messageBytesMax = 256 << 20
  static let headerBytes = 5

  enum Failure: Error, Equatable {
    case compressed
    case tooLong(Int)
  }

  private var header: [UInt8] = []
  private var body: [UInt8] = []
  private var missing: Int?

  /// Whether the stream may end here without cutting a message.
  var isBetweenMessages: Bool { header.isEmpty && missing == nil }

  /// Takes bytes as they come and hands out each message they complete.
  mutating func feed(
    _ bytes: UnsafeBufferPointer<UInt8>, _ deliver: ([UInt8]) -> Void
  ) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let wanted = missing else {
        let taken = rest.prefix(Self.headerBytes - header.count)
        header.append(contentsOf: taken)
        rest = rest.dropFirst(taken.count)
        guard header.count == Self.headerBytes else { return }
        try startBody()
        if missing == 0 { finish(deliver) }
        continue
      }
      let taken = rest.prefix(wanted)
      body.append(contentsOf: taken)
      rest = rest.dropFirst(taken.count)
      missing = wanted - taken.count
      if missing == 0 { finish(deliver) }
    }
  }

  private mutating func startBody() throws(Failure) {
    // No compression is ever asked for, so a compressed message is a fault of the server.
    guard header[0] == 0 else { throw .compressed }
    let length = header[1...4].reduce(0) { $0 << 8 | Int($1) }
    guard length <= Self.messageBytesMax else { throw .tooLong(length) }
    missing = length
    body = []
    body.reserveCapacity(min(length, 1 << 20))
  }

  private mutating func finish(_ deliver: ([UInt8]) -> Void) {
    deliver(body)
    body = []
    header.removeAll(keepingCapacity: true)
    missing = nil
  }

  /// A request message with its header in front.
  static func encode(_ message: [UInt8]) -> [UInt8] {
    let length = UInt32(truncatingIfNeeded: message.count)
    var framed: [UInt8] = []
    framed.reserveCapacity(message.count + headerBytes)
    framed.append(0)
    for shift in [24, 16, 8, 0] as [UInt32] {
      framed.append(UInt8(truncatingIfNeeded: length >> shift))
    }
    framed.append(contentsOf: message)
    return framed
  }
}
