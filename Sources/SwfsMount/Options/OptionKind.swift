import SwfsCore

/// What an option's value may look like. `check` decides; `MountSettings` turns the text into a value.
enum OptionKind: Sendable, Equatable {
  case flag
  case text
  /// Made absolute when given on a command line: in the background the working directory is `/`.
  case path
  /// Bytes: `268435456`, `256M`, `256MiB`, `1g`.
  case bytes
  /// `90`, `90s`, `2m`, `1h`, `500ms`.
  case seconds
  case count(ClosedRange<Int>)
  case choice([String])
  case octal
  /// `local:filer,local:filer`.
  case idPairs

  /// How a value is written in the help.
  var placeholder: String {
    switch self {
    case .flag: ""
    case .text: "TEXT"
    case .path: "PATH"
    case .bytes: "SIZE"
    case .seconds: "TIME"
    case .count: "NUMBER"
    case .choice(let words): words.joined(separator: "|")
    case .octal: "MODE"
    case .idPairs: "LOCAL:FILER,…"
    }
  }

  /// - Throws: `invalidArgument` with what is expected.
  func check(_ text: String) throws(FSError) {
    let isGood: Bool =
      switch self {
      case .flag: Self.flag(text) != nil
      case .text, .path: !text.utf8.contains(0)
      case .bytes: Self.bytes(text) != nil
      case .seconds: Self.seconds(text) != nil
      case .count(let range): Int(text).map(range.contains) ?? false
      case .choice(let words): words.contains(text)
      case .octal: Self.octal(text) != nil
      case .idPairs: Self.idPairs(text) != nil
      }
    guard isGood else { throw FSError(.invalidArgument, "'\(text)' is not \(expectation)") }
  }

  private var expectation: String {
    switch self {
    case .flag: "true or false"
    case .text, .path: "text"
    case .bytes: "a size such as 256M or 1GiB"
    case .seconds: "a time such as 90, 90s, 2m or 500ms"
    case .count(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .choice(let words): "one of \(words.joined(separator: ", "))"
    case .octal: "an octal mode such as 022"
    case .idPairs: "a list of local:filer number pairs such as 1000:500,1001:501"
    }
  }

  static func flag(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "yes", "on", "1", "": true
    case "false", "no", "off", "0": false
    default: nil
    }
  }

  static func bytes(_ text: String) -> Int? {
    let units: [(String, Int)] = [
      ("kib", 10), ("mib", 20), ("gib", 30), ("tib", 40), ("kb", 10), ("mb", 20), ("gb", 30),
      ("tb", 40), ("k", 10), ("m", 20), ("g", 30), ("t", 40), ("b", 0), ("", 0),
    ]
    let lower = text.lowercased()
    for (unit, shift) in units where lower.hasSuffix(unit) {
      guard let number = Int(lower.dropLast(unit.count)), number >= 0 else { return nil }
      let (result, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
      return overflow ? nil : result
    }
    return nil
  }

  static func seconds(_ text: String) -> Double? {
    let units: [(String, Double)] = [
      ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("w", 604_800), ("", 1),
    ]
    for (unit, factor) in units where text.hasSuffix(unit) {
      guard let number = Double(text.dropLast(unit.count)), number.isFinite, number >= 0,
        number * factor < 1e10
      else { return nil }
      return number * factor
    }
    return nil
  }

  static func octal(_ text: String) -> UInt16? {
    guard let mode = UInt16(text, radix: 8), mode <= 0o7777 else { return nil }
    return mode
  }

  static func idPairs(_ text: String) -> [(local: UInt32, filer: UInt32)]? {
    var pairs: [(local: UInt32, filer: UInt32)] = []
    for part in text.split(separator: ",") {
      let numbers = part.split(separator: ":", omittingEmptySubsequences: false)
      guard numbers.count == 2, let local = UInt32(numbers[0]), let filer = UInt32(numbers[1])
      else { return nil }
      pairs.append((local, filer))
    }
    return pairs
  }
}
