import Glibc
import Synchronization

/// An HTTP server on loopback whose every answer is scripted: for replies that no real server gives
/// on demand, such as silence, half a body or a wrong checksum.
///
/// One thread for each connection; connections are kept alive until a script says otherwise.
public final class FaultServer: Sendable {
  public struct Request: Sendable {
    public var method: String
    public var target: String
    public var headers: [String: String]
    public var body: [UInt8]
    /// How many requests came before this one.
    public var number: Int
    /// How many came before it on the same connection.
    public var numberOnConnection = 0
  }

  public enum Answer: Sendable {
    /// A complete reply. `Content-Length` is added.
    case reply(Int, headers: [String: String] = [:], body: [UInt8] = [])
    /// These bytes, then the connection is closed.
    case raw([UInt8])
    /// Nothing, for ever.
    case silence
    /// These bytes, then nothing for ever.
    case stall([UInt8])
    /// The connection is closed.
    case close
  }

  public let port: UInt16
  private let listener: Int32
  private let script: @Sendable (Request) -> Answer
  private let state = Mutex(State())

  private struct State {
    var requests: [Request] = []
    var connections: Set<Int32> = []
    var connectionCount = 0
    var isStopped = false
  }

  public struct CannotListen: Error {}

  /// Starts to listen; `script` is called from connection threads.
  public init(_ script: @escaping @Sendable (Request) -> Answer) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isUp = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 64) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard isUp else { throw CannotListen() }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    self.script = script
    spawn { server in server.acceptConnections() }
  }

  deinit { stop() }

  /// `127.0.0.1:port`.
  public var server: String { "127.0.0.1:\(port)" }
  public var requests: [Request] { state.withLock { $0.requests } }
  /// Connections accepted so far.
  public var connectionCount: Int { state.withLock { $0.connectionCount } }

  /// Closes the listener and every connection.
  public func stop() {
    let connections = state.withLock { state -> Set<Int32>? in
      if state.isStopped { return nil }
      state.isStopped = true
      return state.connections
    }
    guard let connections else { return }
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    // Their threads close them.
    for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
  }

  private func acceptConnections() {
    while true {
      let connection = accept(listener, nil, nil)
      if connection < 0 { return }
      let isWanted = state.withLock { state -> Bool in
        if state.isStopped { return false }
        state.connections.insert(connection)
        state.connectionCount += 1
        return true
      }
      guard isWanted else {
        close(connection)
        return
      }
      spawn { server in
        server.serve(connection)
        _ = server.state.withLock { $0.connections.remove(connection) }
        close(connection)
      }
    }
  }

  private func serve(_ connection: Int32) {
    var buffer: [UInt8] = []
    var served = 0
    while case (var request, let rest)? = nextRequest(connection, buffer) {
      buffer = rest
      request.numberOnConnection = served
      served += 1
      switch script(request) {
      case .reply(let status, let headers, let body):
        var head = "HTTP/1.1 \(status) Scripted\r\nContent-Length: \(body.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        let isHead = request.method == "HEAD"
        guard send(connection, Array((head + "\r\n").utf8) + (isHead ? [] : body)) else { return }
      case .raw(let bytes):
        _ = send(connection, bytes)
        return
      case .stall(let bytes):
        _ = send(connection, bytes)
        waitForEnd(connection)
        return
      case .silence:
        waitForEnd(connection)
        return
      case .close:
        return
      }
    }
  }

  private func nextRequest(_ connection: Int32, _ start: [UInt8]) -> (Request, [UInt8])? {
    var bytes = start
    var part = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let text = String(decoding: bytes, as: UTF8.self)
      if let end = text.range(of: "\r\n\r\n") {
        let lines = text[..<end].split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
          let pair = line.split(separator: ":", maxSplits: 1)
          if pair.count == 2 { headers[pair[0].lowercased()] = String(pair[1].drop { $0 == " " }) }
        }
        let length = Int(headers["content-length"] ?? "0") ?? 0
        let headBytes = text[..<end].utf8.count + 4
        if words.count >= 2, bytes.count >= headBytes + length {
          let body = Array(bytes[headBytes..<(headBytes + length)])
          let request = state.withLock { state -> Request in
            let request = Request(
              method: String(words[0]), target: String(words[1]), headers: headers, body: body,
              number: state.requests.count)
            state.requests.append(request)
            return request
          }
          return (request, Array(bytes[(headBytes + length)...]))
        }
      }
      let count = read(connection, &part, part.count)
      if count <= 0 { return nil }
      bytes.append(contentsOf: part[..<count])
    }
  }

  private func waitForEnd(_ connection: Int32) {
    var part = [UInt8](repeating: 0, count: 4096)
    while read(connection, &part, part.count) > 0 {}
  }

  private func send(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      sent += count
    }
    return true
  }

  /// Threads must not keep the server alive that ends them.
  private func spawn(_ body: @escaping @Sendable (FaultServer) -> Void) {
    let box = Unmanaged.passRetained(ServerThread(server: self, body: body))
    var thread = pthread_t()
    let failed = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let box = Unmanaged<ServerThread>.fromOpaque(argument).takeRetainedValue()
        box.body(box.server)
        return nil
      }, box.toOpaque())
    if failed == 0 { pthread_detach(thread) } else { box.release() }
  }
}

private final class ServerThread: Sendable {
  let server: FaultServer
  let body: @Sendable (FaultServer) -> Void

  init(server: FaultServer, body: @escaping @Sendable (FaultServer) -> Void) {
    self.server = server
    self.body = body
  }
}

extension String {
  /// Swift's own `firstRange(of:)` compares characters, and `\r\n` is one.
  fileprivate func range(of bytes: StaticString) -> String.Index? {
    let wanted = UnsafeBufferPointer(start: bytes.utf8Start, count: bytes.utf8CodeUnitCount)
    var index = utf8.startIndex
    while index != utf8.endIndex {
      if utf8[index...].starts(with: wanted) { return index }
      index = utf8.index(after: index)
    }
    return nil
  }
}
