import FoundationEssentials
import Glibc

/// Small files of a lab's state, with errors that name the file.
enum Files {
  /// Makes the directory and its parents.
  static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws(LabError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw LabError("cannot make directory \(path): \(error)")
    }
    guard chmod(path, mode) == 0 else { throw failure("cannot set the mode of", path) }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The names in a directory; none when it cannot be read.
  static func names(in directory: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
  }

  static func read(_ path: String) throws(LabError) -> String {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { throw failure("cannot read", path) }
    defer { close(fd) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(fd, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure("cannot read", path) }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(contentsOf: buffer.prefix(count))
    }
  }

  /// Replaces the file in one step, so that a crash leaves the old or the new one.
  static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws(LabError) {
    let partial = path + ".new"
    let fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard fd >= 0 else { throw failure("cannot write", partial) }
    defer { close(fd) }
    guard fchmod(fd, mode) == 0 else { throw failure("cannot set the mode of", partial) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw failure("cannot write", partial) }
      bytes = bytes.dropFirst(written)
    }
    guard rename(partial, path) == 0 else { throw failure("cannot replace", path) }
  }

  static func writeJSON<T: Encodable>(
    _ value: T, to path: String, mode: mode_t = 0o644
  ) throws(LabError) {
    try write(JSON.encode(value) + "\n", to: path, mode: mode)
  }

  static func readJSON<T: Decodable>(_ type: T.Type, from path: String) throws(LabError) -> T {
    let text = try read(path)
    do {
      return try JSON.decode(type, from: text)
    } catch {
      throw LabError("\(path) is damaged: \(error.summary)")
    }
  }

  /// The last lines of a log, for an error message; empty when there is none.
  static func tail(_ path: String, lines: Int = 12) -> String {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return "" }
    defer { close(fd) }
    let size = lseek(fd, 0, SEEK_END)
    let length = min(max(size, 0), 16 << 10)
    lseek(fd, size - length, SEEK_SET)
    var bytes = [UInt8](repeating: 0, count: length)
    let count = Glibc.read(fd, &bytes, length)
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
  }

  static func failure(_ what: String, _ path: String) -> LabError {
    LabError("\(what) \(path): \(String(cString: strerror(errno)))")
  }
}

/// JSON of the lab's own files and answers.
enum JSON {
  static func encode<T: Encodable>(_ value: T) throws(LabError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw LabError("cannot encode \(T.self): \(error)")
    }
  }

  static func decode<T: Decodable>(_ type: T.Type, from text: String) throws(LabError) -> T {
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw LabError("not the expected JSON (\(T.self)): \(error)")
    }
  }
}
