import Glibc
import SwfsCluster
import SwfsCore

/// Fetches `/metrics` of a mount, over TCP or from the socket of this machine.
enum MetricsClient {
  static let seconds = 5.0
  static let bytesMax = 16 << 20

  /// - Parameter address: `host:port`, `:port`, a URL, or the path of a UNIX socket.
  /// - Throws: `unavailable` with what to look at.
  static func fetch(_ address: String) throws(FSError) -> Exposition {
    let text: String
    if address.hasPrefix("/") {
      text = try local(address)
    } else {
      let server = address.hasPrefix(":") ? "localhost" + address : address
      // Mounts serve plain HTTP whatever the cluster does.
      let web = WebClient(SecurityConfiguration())
      text = String(decoding: try web.get(server, "/metrics"), as: UTF8.self)
    }
    return Exposition(parsing: text)
  }

  private static func local(_ path: String) throws(FSError) -> String {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var patience = timeval(tv_sec: Int(seconds), tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(
        descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw FSError(.invalidArgument, "\(path) is too long for a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let connected = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { throw failure(path) }
    let request = Array("GET /metrics HTTP/1.1\r\nHost: mount\r\nConnection: close\r\n\r\n".utf8)
    guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
    else { throw failure(path) }
    var reply: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 64 << 10)
    while reply.count < bytesMax {
      let count = recv(descriptor, &part, part.count, 0)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure(path) }
      if count == 0 { break }
      reply += part[..<count]
    }
    let text = String(decoding: reply, as: UTF8.self)
    guard text.hasPrefix("HTTP/1.1 200"), let end = text.firstRange(of: "\r\n\r\n") else {
      throw FSError(.remote, "\(path) does not answer with metrics")
    }
    return String(text[end.upperBound...])
  }

  private static func failure(_ path: String) -> FSError {
    FSError(.unavailable, "cannot ask \(path): \(String(cString: strerror(errno)))")
  }
}
