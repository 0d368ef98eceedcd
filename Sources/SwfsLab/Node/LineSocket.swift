import Glibc
import SwfsCore

/// Unix stream sockets that carry one line each way.
///
/// A socket's path may hold 107 bytes only, and a state directory can be deeper than that, so
/// both ends reach it through a descriptor of its directory.
enum LineSocket {
  /// A request or reply longer than this is not one of ours.
  static let bytesMax = 1 << 20

  static func listen(_ path: String) throws(LabError) -> Int32 {
    unlink(path)
    let fd = try make(path)
    try withAddress(path) { address, length throws(LabError) in
      guard bind(fd, address, length) == 0 else { throw Files.failure("cannot listen on", path) }
    }
    guard Glibc.listen(fd, 64) == 0 else { throw Files.failure("cannot listen on", path) }
    return fd
  }

  static func connect(_ path: String) throws(LabError) -> Int32 {
    let fd = try make(path)
    do {
      try withAddress(path) { address, length throws(LabError) in
        guard Glibc.connect(fd, address, length) == 0 else {
          throw Files.failure("cannot reach", path)
        }
      }
    } catch {
      close(fd)
      throw error
    }
    return fd
  }

  /// Reads up to the first newline. Nil when the peer is gone, silent for `seconds`, or too long.
  static func readLine(_ fd: Int32, seconds: Double) -> String? {
    let deadline = Deadline(secondsFromNow: seconds)
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while line.count < bytesMax {
      var polls = [pollfd(fd: fd, events: Int16(POLLIN), revents: 0)]
      let ready = poll(&polls, 1, Int32(deadline.secondsLeft * 1000))
      if ready < 0 && errno == EINTR { continue }
      guard ready > 0 else { return nil }
      let count = read(fd, &buffer, buffer.count)
      guard count > 0 else { return nil }
      line.append(contentsOf: buffer.prefix(count))
      if let end = line.firstIndex(of: 0x0a) {
        return String(decoding: line[..<end], as: UTF8.self)
      }
    }
    return nil
  }

  /// False when the peer is gone.
  static func writeLine(_ text: String, to fd: Int32) -> Bool {
    var bytes = Array((text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let sent = bytes.withUnsafeBytes {
        send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if sent < 0 && errno == EINTR { continue }
      guard sent > 0 else { return false }
      bytes = bytes.dropFirst(sent)
    }
    return true
  }

  private static func make(_ path: String) throws(LabError) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let fd = socket(AF_UNIX, type, 0)
    guard fd >= 0 else { throw Files.failure("cannot make a socket for", path) }
    return fd
  }

  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(LabError) -> Void
  ) throws(LabError) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let directory = open(String(path[..<slash]) + "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw Files.failure("cannot open the directory of", path) }
    defer { close(directory) }
    let short = "/proc/self/fd/\(directory)\(path[slash...])"
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard short.utf8.count < room else { throw LabError("\(path): the file name is too long") }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.utf8) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let outcome: Result<Void, LabError> = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        do throws(LabError) {
          return .success(try body(pointer, length))
        } catch {
          return .failure(error)
        }
      }
    }
    try outcome.get()
  }
}
