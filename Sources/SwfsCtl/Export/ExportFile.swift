import Glibc
import SwfsCore

/// Where an export goes: standard output, or a file that appears under its name only when it is complete.
final class ExportFile {
  private let sink: ByteSink
  private let gzip: GzipWriter?
  private let path: String?
  private let partial: String
  private let descriptor: Int32
  private var isFinished = false

  /// - Parameter path: nil for standard output; a name that ends in `.gz` or `.gzip` is compressed.
  /// - Throws: `invalidArgument` when the file cannot be made.
  init(_ path: String?) throws(FSError) {
    self.path = path
    guard let path else {
      partial = ""
      descriptor = -1
      sink = .standardOutput()
      gzip = nil
      return
    }
    partial = "\(path).partial-\(getpid())"
    // Metadata holds cipher keys: for the owner's eyes only.
    descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw FSError(
        .invalidArgument, "cannot make \(partial): \(String(cString: strerror(errno)))")
    }
    sink = ByteSink(descriptor: descriptor, name: partial)
    let compresses = path.hasSuffix(".gz") || path.hasSuffix(".gzip")
    gzip = compresses ? try GzipWriter() : nil
  }

  deinit {
    guard path != nil else { return }
    close(descriptor)
    if !isFinished { unlink(partial) }
  }

  var bytesWritten: Int { sink.bytesWritten }

  func write(_ bytes: [UInt8]) throws(FSError) {
    guard let gzip else { return try sink.write(bytes) }
    try gzip.write(bytes) { (part) throws(FSError) in try sink.write(part) }
  }

  /// Makes what was written durable, then visible.
  func finish() throws(FSError) {
    if let gzip {
      try gzip.write([], finish: true) { (part) throws(FSError) in try sink.write(part) }
    }
    try sink.flush()
    guard let path else { return }
    guard fsync(descriptor) == 0, rename(partial, path) == 0 else {
      throw FSError(.remote, "cannot finish \(path): \(String(cString: strerror(errno)))")
    }
    isFinished = true
  }
}
