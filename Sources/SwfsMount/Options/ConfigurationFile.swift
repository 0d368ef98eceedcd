import Glibc
import SwfsCore

/// `name = value` lines, `#` comments; every option under any of its spellings. Flags may stand alone.
enum ConfigurationFile {
  static let bytesMax = 1 << 20

  /// - Throws: `invalidArgument` with file and line; `notFound` when the file cannot be read.
  static func read(_ path: String) throws(FSError) -> OptionValues {
    try parse(SmallFile.read(path, bytesMax: bytesMax), path)
  }

  static func parse(_ text: String, _ path: String) throws(FSError) -> OptionValues {
    var result = OptionValues()
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = trim(line)
      guard !line.isEmpty, !line.hasPrefix("#"), !line.hasPrefix("[") else { continue }
      let equals = line.firstIndex(of: "=")
      let name = String(trim(equals.map { line[..<$0] } ?? line))
      let value = equals.map { unquote(trim(line[line.index(after: $0)...])) } ?? "true"
      let place = "\(path):\(index + 1): \(name)"
      switch OptionTable.find(name) {
      case .option(let option, let alias): try result.set(option, alias, value, spelledAs: place)
      case .ignored(let reason): result.ignore(name, reason)
      case .kernel, nil:
        let hint = OptionTable.nearest(to: name).map { ", did you mean \($0)?" } ?? ""
        throw FSError(.invalidArgument, "\(place): unknown option\(hint)")
      }
    }
    return result
  }

  private static func trim(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }

  private static func unquote(_ text: Substring) -> String {
    guard text.count >= 2, let first = text.first, first == text.last, first == "\"" || first == "'"
    else { return String(text) }
    return String(text.dropFirst().dropLast())
  }
}

/// A file small enough to be read in one go.
enum SmallFile {
  /// - Throws: `notFound` with the reason; `argumentTooBig`.
  static func read(_ path: String, bytesMax: Int) throws(FSError) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FSError(.notFound, "cannot read \(path): \(errorText(errno))") }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
    var used = 0
    while used < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        Glibc.read(file, $0.baseAddress?.advanced(by: used), $0.count - used)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw FSError(.notFound, "cannot read \(path): \(errorText(errno))")
      }
      if count == 0 { return String(decoding: bytes[..<used], as: UTF8.self) }
      used += count
    }
    throw FSError(.argumentTooBig, "\(path) has more than \(bytesMax) bytes")
  }
}

/// The C library's text for an errno.
func errorText(_ code: Int32) -> String {
  guard let text = strerror(code) else { return "errno \(code)" }
  return String(cString: text)
}
