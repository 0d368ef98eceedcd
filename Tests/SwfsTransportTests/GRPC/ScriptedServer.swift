import Glibc
import SwfsCore

@testable import SwfsTransport

/// A server that reads HTTP/2 frames and answers each request with bytes from a script. Raw frames, so
/// that it can also say what no real server would.
final class ScriptedServer: Sendable {
  enum Step {
    case send([UInt8])
    case pause(Double)
    case closeConnection
  }

  let port: UInt16
  private let listener: Int32
  /// Frames received, as (type, stream, payload).
  let received = Monitor<[(type: UInt8, stream: UInt32, payload: [UInt8])]>([])

  /// - Parameter script: the answer to a request, given its stream and number (0 is the first).
  init?(_ script: @escaping @Sendable (_ stream: UInt32, _ number: Int) -> [Step]) {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(descriptor, raw, length) == 0 && listen(descriptor, 16) == 0
          && getsockname(descriptor, raw, &length) == 0
      }
    }
    guard bound else { return nil }
    port = UInt16(bigEndian: address.sin_port)
    let numbers = Monitor(0)
    startThread("scripted") { [received] in
      while true {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return }
        startThread("scripted-c") { Self.serve(connection, received, numbers, script) }
      }
    }
  }

  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  var address: ServerAddress { ServerAddress(host: "127.0.0.1", port: 1, grpcPort: port) }

  private static func serve(
    _ connection: Int32, _ received: Monitor<[(type: UInt8, stream: UInt32, payload: [UInt8])]>,
    _ numbers: Monitor<Int>,
    _ script: @Sendable (UInt32, Int) -> [Step]
  ) {
    defer { close(connection) }
    guard read(connection, 24) != nil else { return }
    write(connection, Frame.make(4, 0, 0, []))
    while let header = read(connection, 9) {
      let count = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
      let (type, flags) = (header[3], header[4])
      let stream = header[5...8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      guard let payload = read(connection, count) else { return }
      received.update { $0.append((type, stream, payload)) }
      if type == 4 && flags & 1 == 0 { write(connection, Frame.make(4, 1, 0, [])) }
      if type == 6 && flags & 1 == 0 { write(connection, Frame.make(6, 1, 0, payload)) }
      guard type == 0, flags & 1 == 1 else { continue }
      let number = numbers.update { value -> Int in
        defer { value += 1 }
        return value
      }
      for step in script(stream, number) {
        switch step {
        case .send(let bytes): write(connection, bytes)
        case .pause(let seconds): pause(seconds: seconds)
        case .closeConnection: return
        }
      }
    }
  }

  private static func read(_ descriptor: Int32, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = recv(descriptor, &bytes[done], count - done, 0)
      guard got > 0 else { return nil }
      done += got
    }
    return bytes
  }

  private static func write(_ descriptor: Int32, _ bytes: [UInt8]) {
    var start = 0
    while start < bytes.count {
      let sent = bytes.withUnsafeBytes {
        send(
          descriptor, $0.baseAddress?.advanced(by: start), bytes.count - start, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return }
      start += sent
    }
  }
}

/// HTTP/2 frames by hand.
enum Frame {
  static func make(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
    let count = payload.count
    var bytes = [
      UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), type, flags,
    ]
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(stream >> shift & 255)) }
    return bytes + payload
  }

  /// Header fields as literals without indexing.
  static func headers(
    _ stream: UInt32, _ fields: [(String, String)], end: Bool = false
  ) -> [UInt8] {
    var payload: [UInt8] = []
    for (name, value) in fields {
      payload += [0, UInt8(name.utf8.count)] + Array(name.utf8)
      payload += [UInt8(value.utf8.count)] + Array(value.utf8)
    }
    return make(1, end ? 5 : 4, stream, payload)
  }

  static func start(_ stream: UInt32) -> [UInt8] {
    headers(stream, [(":status", "200"), ("content-type", "application/grpc")])
  }

  static func trailers(_ stream: UInt32, status: Int = 0, _ message: String = "") -> [UInt8] {
    headers(stream, [("grpc-status", "\(status)"), ("grpc-message", message)], end: true)
  }

  /// One gRPC message in one DATA frame.
  static func message(_ stream: UInt32, _ bytes: [UInt8]) -> [UInt8] {
    make(0, 0, stream, GRPCMessageDecoder.encode(bytes))
  }

  static func reset(_ stream: UInt32, _ code: UInt8) -> [UInt8] {
    make(3, 0, stream, [0, 0, 0, code])
  }

  static func goAway(last stream: UInt8) -> [UInt8] {
    make(7, 0, 0, [0, 0, 0, stream, 0, 0, 0, 0])
  }
}
