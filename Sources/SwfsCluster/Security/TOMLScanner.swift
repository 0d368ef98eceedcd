import SwfsCore

/// Reads one logical line of TOML from left to right.
struct TOMLScanner {
  private var rest: Substring
  private let lineNumber: Int

  init(_ line: Substring, lineNumber: Int) {
    rest = line
    self.lineNumber = lineNumber
  }

  func error(_ what: String) -> FSError {
    FSError(.invalidArgument, "line \(lineNumber): \(what)")
  }

  var isAtEnd: Bool { rest.isEmpty || rest.first == "#" }

  mutating func append(_ line: Substring) { rest = rest + "\n" + line }

  mutating func skipSpace() {
    rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
  }

  mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard rest.first == character else { return false }
    rest = rest.dropFirst()
    skipSpace()
    return true
  }

  func expectEnd() throws(FSError) {
    guard isAtEnd else { throw error("nothing may follow here but a comment") }
  }

  /// `a.b."c d"` as `a.b.c d`.
  mutating func keyPath() throws(FSError) -> String {
    var parts: [String] = []
    repeat {
      skipSpace()
      if let quote = rest.first, quote == "\"" || quote == "'" {
        parts.append(try string())
      } else {
        let bare = rest.prefix {
          $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-")
        }
        guard !bare.isEmpty else { throw error("expected a key") }
        rest = rest.dropFirst(bare.count)
        parts.append(String(bare))
      }
      skipSpace()
    } while take(".")
    return parts.joined(separator: ".")
  }

  /// The value as text; nil when an array needs another line.
  mutating func value() throws(FSError) -> String? {
    skipSpace()
    switch rest.first {
    case "\"", "'":
      return try string()
    case "[":
      return try array()
    case "{":
      throw error("inline tables are not supported")
    case nil:
      throw error("the value is missing")
    default:
      let word = rest.prefix { !$0.isWhitespace && $0 != "#" && $0 != "," && $0 != "]" }
      let plain = word.filter { $0 != "_" }
      guard ["true", "false"].contains(word) || Double(plain) != nil || Int(plain) != nil else {
        throw error("\(word) is no value")
      }
      rest = rest.dropFirst(word.count)
      skipSpace()
      return String(plain)
    }
  }

  /// The text of a whole array; nothing in security.toml needs its elements.
  private mutating func array() throws(FSError) -> String? {
    let start = rest
    var depth = 0
    repeat {
      skipSpace()
      switch rest.first {
      case "[":
        depth += 1
        rest = rest.dropFirst()
      case "]":
        depth -= 1
        rest = rest.dropFirst()
      case ",", "\n": rest = rest.dropFirst()
      case "#": rest = rest.drop { $0 != "\n" }
      case nil:
        rest = start
        return nil
      default: _ = try value()
      }
    } while depth > 0
    let text = String(start[start.startIndex..<rest.startIndex])
    skipSpace()
    return text
  }

  private mutating func string() throws(FSError) -> String {
    guard let quote = rest.first else { throw error("expected a string") }
    let triple = String(repeating: quote, count: 3)
    if rest.hasPrefix(triple) {
      rest = rest.dropFirst(3)
      return try quoted(until: triple, escapes: quote == "\"")
    }
    rest = rest.dropFirst()
    return try quoted(until: String(quote), escapes: quote == "\"")
  }

  private mutating func quoted(until end: String, escapes: Bool) throws(FSError) -> String {
    var text = ""
    while let character = rest.first {
      if rest.hasPrefix(end) {
        rest = rest.dropFirst(end.count)
        skipSpace()
        return text
      }
      rest = rest.dropFirst()
      if character == "\\" && escapes {
        text.unicodeScalars.append(try escape())
      } else {
        text.append(character)
      }
    }
    throw error("the string does not end")
  }

  private mutating func escape() throws(FSError) -> Unicode.Scalar {
    guard let character = rest.popFirst() else { throw error("nothing follows the backslash") }
    switch character {
    case "b": return "\u{8}"
    case "t": return "\t"
    case "n": return "\n"
    case "f": return "\u{c}"
    case "r": return "\r"
    case "\"": return "\""
    case "\\": return "\\"
    case "u", "U":
      let digits = rest.prefix(character == "u" ? 4 : 8)
      guard digits.count == (character == "u" ? 4 : 8), let number = UInt32(digits, radix: 16),
        let scalar = Unicode.Scalar(number)
      else { throw error("\\\(character) needs a Unicode scalar") }
      rest = rest.dropFirst(digits.count)
      return scalar
    default: throw error("\\\(character) is no escape")
    }
  }
}
