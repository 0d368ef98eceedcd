import Glibc
import SwfsCore
import SwfsObserve

/// A small HTTP server for `GET /metrics` and `GET /healthz`.
///
/// One thread, one client at a time, each with little time and few bytes: what it answers is short, and
/// a client that stalls must not cost more than its turn.
final class MetricsServer: Sendable {
  static let requestBytesMax = 8192
  static let clientSeconds = 3.0

  private let listener: Int32
  private let socketPath: String?
  private let isHealthy: @Sendable () -> Bool
  private let refresh: @Sendable () -> Void

  /// - Parameters:
  ///   - address: `host:port`, `:port`, `[v6]:port`, or the path of a UNIX socket.
  ///   - refresh: called before metrics are read, to set gauges.
  /// - Throws: `invalidArgument`, `unavailable` (in use).
  init(
    _ address: String, isHealthy: @escaping @Sendable () -> Bool,
    refresh: @escaping @Sendable () -> Void
  ) throws(FSError) {
    self.isHealthy = isHealthy
    self.refresh = refresh
    socketPath = address.hasPrefix("/") ? address : nil
    listener =
      try address.hasPrefix("/") ? ListeningSocket.unix(address) : ListeningSocket.tcp(address)
  }

  func start() { startThread("swfs-metrics") { self.serve() } }

  func removeSocket() { if let socketPath { unlink(socketPath) } }

  private func serve() {
    while true {
      let client = accept(listener, nil, nil)
      guard client >= 0 else {
        // Out of descriptors or the like: not in a tight loop.
        if errno != EINTR { pause(seconds: 0.1) }
        continue
      }
      _ = fcntl(client, F_SETFD, FD_CLOEXEC)
      answer(client)
      close(client)
    }
  }

  private func answer(_ client: Int32) {
    let deadline = Deadline(secondsFromNow: Self.clientSeconds)
    guard let request = readRequest(client, deadline) else { return }
    let (status, type, body) = respond(to: request)
    let head =
      "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
      + "Connection: close\r\n\r\n"
    send(Array((head + (request.hasPrefix("HEAD ") ? "" : body)).utf8), to: client, deadline)
  }

  func respond(to request: String) -> (status: String, type: String, body: String) {
    let line = request.prefix { $0 != "\r\n" && $0 != "\n" }
    let words = line.split(separator: " ")
    guard words.count == 3, words[2].hasPrefix("HTTP/") else {
      return ("400 Bad Request", "text/plain", "bad request\n")
    }
    guard words[0] == "GET" || words[0] == "HEAD" else {
      return ("405 Method Not Allowed", "text/plain", "GET only\n")
    }
    switch words[1].prefix(while: { $0 != "?" }) {
    case "/metrics":
      refresh()
      return ("200 OK", "text/plain; version=0.0.4; charset=utf-8", Metrics.exposition())
    case "/healthz":
      return isHealthy()
        ? ("200 OK", "text/plain", "ok\n")
        : ("503 Service Unavailable", "text/plain", "not serving\n")
    default: return ("404 Not Found", "text/plain", "not found\n")
    }
  }

  /// Everything up to the empty line, or nil when the client is too slow or sends too much.
  private func readRequest(_ client: Int32, _ deadline: Deadline) -> String? {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1024)
    while bytes.count < Self.requestBytesMax {
      guard wait(client, POLLIN, deadline) else { return nil }
      let count = recv(client, &piece, piece.count, Int32(MSG_DONTWAIT))
      if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
      guard count > 0 else { return nil }
      bytes += piece[..<count]
      let text = String(decoding: bytes, as: UTF8.self)
      if text.utf8.suffix(4).elementsEqual("\r\n\r\n".utf8) || text.hasSuffix("\n\n") {
        return text
      }
    }
    return nil
  }

  private func send(_ bytes: [UInt8], to client: Int32, _ deadline: Deadline) {
    var sent = 0
    while sent < bytes.count, wait(client, POLLOUT, deadline) {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          client, $0.baseAddress?.advanced(by: sent), $0.count - sent,
          Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
      guard count > 0 else { return }
      sent += count
    }
  }

  private func wait(_ client: Int32, _ events: Int32, _ deadline: Deadline) -> Bool {
    var poll = pollfd(fd: client, events: Int16(events), revents: 0)
    while !deadline.hasPassed {
      let result = Glibc.poll(&poll, 1, Int32(min(deadline.secondsLeft, 60) * 1000) + 1)
      if result > 0 { return true }
      if result < 0 && errno != EINTR { return false }
    }
    return false
  }
}
