import CZlib
import SwfsCore

/// Compresses a stream of bytes as gzip. Not thread-safe.
final class GzipWriter {
  private var stream = z_stream()
  private var output = [UInt8](repeating: 0, count: 128 << 10)
  private var isOpen = false

  /// Metadata shrinks to a quarter at any level; the higher ones only cost time.
  static let level: Int32 = 3

  /// - Throws: `outOfMemory`.
  init() throws(FSError) {
    // 15 + 16: the largest window, gzip's header.
    guard swfs_deflateInit2(&stream, Self.level, 31) == Z_OK else {
      throw FSError(.outOfMemory, "zlib cannot be set up")
    }
    isOpen = true
  }

  deinit { if isOpen { deflateEnd(&stream) } }

  /// - Parameter finish: nothing follows; completes the stream.
  func write(
    _ bytes: [UInt8], finish: Bool = false, to body: (ArraySlice<UInt8>) throws(FSError) -> Void
  ) throws(FSError) {
    var input = bytes
    // zlib wants a mutable pointer and does not write through it; the array must not move meanwhile.
    let result = input.withUnsafeMutableBufferPointer { input -> Result<Void, FSError> in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      defer {
        stream.next_in = nil
        stream.avail_in = 0
      }
      do throws(FSError) {
        while true {
          let (produced, isDone) = step(finish: finish)
          if produced > 0 { try body(output[..<produced]) }
          if isDone { return .success(()) }
        }
      } catch { return .failure(error) }
    }
    try result.get()
  }

  private func step(finish: Bool) -> (produced: Int, isDone: Bool) {
    output.withUnsafeMutableBufferPointer { output in
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      let code = deflate(&stream, finish ? Z_FINISH : Z_NO_FLUSH)
      let produced = output.count - Int(stream.avail_out)
      let isDone = finish ? code != Z_OK : stream.avail_out != 0
      return (produced, isDone)
    }
  }
}
