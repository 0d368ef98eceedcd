import CZlib
import Glibc
import SwfsCore

/// Reads exports back: NDJSON and `fs.meta.save` files, compressed or not, told apart by their first
/// bytes. Memory holds a piece of the file and one record.
///
/// Not thread-safe.
final class RecordReader {
  enum Format { case ndjson, meta }

  private let file: Int32
  private let name: String
  private var inflater: Inflater?
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  private(set) var format = Format.ndjson
  private var records = 0
  private let decoder = RecordDecoder()
  private var lastMessage: [UInt8] = []

  static let pieceBytes = 256 << 10

  /// - Parameter path: `-` for standard input.
  /// - Throws: `invalidArgument` when the file cannot be read or is no export.
  init(_ path: String) throws(FSError) {
    name = path == "-" ? "standard input" : path
    file = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw FSError(.invalidArgument, "cannot read \(path): \(String(cString: strerror(errno)))")
    }
    try fill(4)
    if buffer.starts(with: [0x1f, 0x8b]) {
      let compressed = buffer
      buffer = []
      let inflater = try Inflater()
      self.inflater = inflater
      buffer += try inflater.take(compressed)
      try fill(4)
    }
    guard let first = buffer.first else {
      throw FSError(.invalidArgument, "\(name) is empty")
    }
    // A record of fs.meta.save begins with a length below 16 million or so: with a zero byte.
    format = first == UInt8(ascii: "{") ? .ndjson : .meta
    if format == .meta && first > 0x3f {
      throw FSError(
        .invalidArgument, "\(name) is neither NDJSON of swfs-ctl export nor a file of fs.meta.save")
    }
  }

  deinit { close(file) }

  /// The next record, or nil at the end.
  ///
  /// - Throws: `corrupt` with the number of the record: for one that makes no sense, and for a file
  ///   that is cut off.
  func next() throws(FSError) -> EntryRecord? {
    do throws(FSError) {
      guard let bytes = try format == .ndjson ? line() : message() else { return nil }
      records += 1
      return try format == .ndjson ? decoder.record(bytes) : MetaSave.record(bytes)
    } catch {
      throw FSError(error.code, "\(name), record \(records)", causedBy: error)
    }
  }

  private func line() throws(FSError) -> [UInt8]? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { position = end + 1 }
        return Array(buffer[position..<end])
      }
      searched = buffer.count
      let offset = searched - position
      guard buffer.count - position <= MetaSave.recordBytesMax else {
        throw FSError(.corrupt, "a line over \(MetaSave.recordBytesMax) bytes")
      }
      guard try more() else {
        guard position == buffer.count else { throw FSError(.corrupt, "the file is cut off") }
        return nil
      }
      searched = position + offset
    }
  }

  private func message() throws(FSError) -> [UInt8]? {
    try fill(4)
    if position == buffer.count { return nil }
    guard buffer.count - position >= 4 else { throw FSError(.corrupt, "the file is cut off") }
    let length = buffer[position..<(position + 4)].reduce(0) { $0 << 8 | Int($1) }
    guard length <= MetaSave.recordBytesMax else {
      throw FSError(.corrupt, "a record of \(length) bytes")
    }
    try fill(4 + length)
    guard buffer.count - position >= 4 + length else {
      throw FSError(.corrupt, "the file is cut off")
    }
    let message = Array(buffer[(position + 4)..<(position + 4 + length)])
    position += 4 + length
    // Our own files of this format say the last record twice (`ExportWriter.end`).
    if message == lastMessage { return try self.message() }
    lastMessage = message
    return message
  }

  /// Reads on until that many bytes wait, or the end.
  private func fill(_ count: Int) throws(FSError) {
    while buffer.count - position < count, try more() {}
  }

  /// - Returns: false at the end.
  private func more() throws(FSError) -> Bool {
    if isAtEnd { return false }
    if position > 0 {
      buffer.removeFirst(position)
      position = 0
    }
    var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
    while true {
      let count = read(file, &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw FSError(.remote, "cannot read: \(String(cString: strerror(errno)))")
      }
      guard count > 0 else {
        isAtEnd = true
        if let inflater, !inflater.isComplete {
          throw FSError(.corrupt, "the file is cut off")
        }
        return false
      }
      let part = Array(piece[..<count])
      buffer += try inflater?.take(part) ?? part
      return true
    }
  }
}

/// Expands gzip as it comes, several members one after the other as well.
private final class Inflater {
  private var stream = z_stream()
  private var output = [UInt8](repeating: 0, count: 256 << 10)
  /// The last member has ended.
  private(set) var isComplete = false

  init() throws(FSError) {
    guard swfs_inflateInit2(&stream, 31) == Z_OK else {
      throw FSError(.outOfMemory, "zlib cannot be set up")
    }
  }

  deinit { inflateEnd(&stream) }

  func take(_ bytes: [UInt8]) throws(FSError) -> [UInt8] {
    var input = bytes
    var result: [UInt8] = []
    let code = input.withUnsafeMutableBufferPointer { input -> Int32 in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      defer { stream.next_in = nil }
      var code = Z_OK
      repeat {
        if isComplete {
          guard stream.avail_in > 0 else { break }
          inflateReset(&stream)
          isComplete = false
        }
        code = output.withUnsafeMutableBufferPointer { output in
          stream.next_out = output.baseAddress
          stream.avail_out = UInt32(output.count)
          return inflate(&stream, Z_NO_FLUSH)
        }
        result += output[..<(output.count - Int(stream.avail_out))]
        isComplete = code == Z_STREAM_END
      } while (code == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0)) || isComplete
      return code
    }
    // Z_BUF_ERROR: nothing more to do until more bytes come.
    guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
      throw FSError(.corrupt, "damaged gzip")
    }
    return result
  }
}
