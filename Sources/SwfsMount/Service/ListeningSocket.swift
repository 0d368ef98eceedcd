import Glibc
import SwfsCore

/// Sockets that wait for clients.
enum ListeningSocket {
  /// - Throws: `invalidArgument` for an address that is none, `unavailable` when it cannot be used.
  static func tcp(_ address: String) throws(FSError) -> Int32 {
    guard let colon = address.lastIndex(of: ":"),
      UInt16(address[address.index(after: colon)...]) != nil
    else { throw FSError(.invalidArgument, "'\(address)' is not host:port or a path") }
    let port = String(address[address.index(after: colon)...])
    let host = address[..<colon].filter { $0 != "[" && $0 != "]" }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE
    var list: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host.isEmpty ? nil : host, port, &hints, &list)
    guard result == 0, let list else {
      let reason = gai_strerror(result).map { String(cString: $0) } ?? "no such host"
      throw FSError(.invalidArgument, "\(address): \(reason)")
    }
    defer { freeaddrinfo(list) }
    var failure = "no address"
    var next: UnsafeMutablePointer<addrinfo>? = list
    while let item = next?.pointee {
      let file = socket(item.ai_family, item.ai_socktype | O_CLOEXEC, item.ai_protocol)
      var on: Int32 = 1
      setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
      if file >= 0, bind(file, item.ai_addr, item.ai_addrlen) == 0, listen(file, 16) == 0 {
        return file
      }
      failure = errorText(errno)
      if file >= 0 { close(file) }
      next = item.ai_next
    }
    throw FSError(.unavailable, "cannot listen at \(address): \(failure)")
  }

  /// A socket file left behind by an earlier run is replaced; one with a listener is not.
  static func unix(_ path: String) throws(FSError) -> Int32 {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < 108 else { throw FSError(.nameTooLong, "\(path): over 107 bytes") }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    func with(_ file: Int32, _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32
    {
      withUnsafePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          call(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
    }
    let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    let isTaken = with(probe, connect) == 0
    close(probe)
    if isTaken { throw FSError(.unavailable, "\(path) is in use") }
    var status = stat()
    if lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    guard with(file, bind) == 0, listen(file, 16) == 0 else {
      let reason = errorText(errno)
      close(file)
      throw FSError(.unavailable, "cannot listen at \(path): \(reason)")
    }
    return file
  }
}
