import Glibc
import SwfsCore

/// Buffered bytes to a file descriptor: what commands print on standard output and write into files.
///
/// Not thread-safe. `flush` must be called at the end; a full disk is an error, a closed pipe ends the
/// process by SIGPIPE as it ends any other program of a pipeline.
final class ByteSink {
  private let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []
  private(set) var bytesWritten = 0

  static let bufferBytes = 256 << 10

  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    buffer.reserveCapacity(Self.bufferBytes + 4096)
  }

  static func standardOutput() -> ByteSink {
    ByteSink(descriptor: STDOUT_FILENO, name: "standard output")
  }

  func line(_ text: String) throws(FSError) {
    buffer.append(contentsOf: text.utf8)
    buffer.append(0x0a)
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  func write(_ bytes: some Collection<UInt8>) throws(FSError) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  /// Hands everything to the kernel.
  ///
  /// - Throws: `noSpace`, `remote` with the reason.
  func flush() throws(FSError) {
    var rest = buffer[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw FSError(
          errno == ENOSPC ? .noSpace : .remote,
          "cannot write to \(name): \(String(cString: strerror(errno)))")
      }
      bytesWritten += count
      rest = rest.dropFirst(count)
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
