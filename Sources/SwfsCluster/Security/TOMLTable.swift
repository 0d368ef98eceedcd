import SwfsCore

/// A TOML document as dotted keys (`jwt.signing.key`) with scalar values: what security.toml needs.
///
/// Tables, dotted and quoted keys, all four string forms on one line, integers, floats, booleans and
/// arrays are understood; arrays keep their text. Dates, inline tables and arrays of tables are
/// refused, as nothing in security.toml uses them.
struct TOMLTable: Sendable, Equatable {
  private(set) var values: [String: String] = [:]

  init() {}

  /// - Throws: `invalidArgument` with the line number.
  init(parsing text: String) throws(FSError) {
    var prefix = ""
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    var number = 0
    while let line = lines.popFirst() {
      number += 1
      var scanner = TOMLScanner(line, lineNumber: number)
      scanner.skipSpace()
      if scanner.isAtEnd { continue }
      if scanner.take("[") {
        prefix = try scanner.keyPath() + "."
        guard scanner.take("]") else { throw scanner.error("a table name must end with ]") }
      } else {
        let key = prefix + (try scanner.keyPath())
        guard scanner.take("=") else { throw scanner.error("expected = after the key") }
        var value = try scanner.value()
        while value == nil, let next = lines.popFirst() {
          // An array that goes on in the next line.
          number += 1
          scanner.append(next)
          value = try scanner.value()
        }
        guard let value else { throw scanner.error("the array does not end") }
        guard values.updateValue(value, forKey: key.lowercased()) == nil else {
          throw scanner.error("\(key) is there twice")
        }
      }
      try scanner.expectEnd()
    }
  }

  subscript(key: String) -> String? { values[key] }
}
