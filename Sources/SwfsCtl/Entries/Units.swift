import Glibc
import SwfsCore

/// Sizes and times as people write and read them.
enum Units {
  private static let sizeUnits: [(String, UInt64)] = [
    ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30), ("tib", 1 << 40), ("k", 1 << 10),
    ("m", 1 << 20), ("g", 1 << 30), ("t", 1 << 40), ("b", 1), ("", 1),
  ]

  /// `4096`, `10k`, `1.5GiB`; powers of 1024. Nil for anything else.
  static func bytes(_ text: String) -> UInt64? {
    let lower = text.lowercased()
    for (unit, factor) in sizeUnits where lower.hasSuffix(unit) {
      guard let number = Double(lower.dropLast(unit.utf8.count)), number.isFinite, number >= 0
      else { return nil }
      return UInt64(exactly: (number * Double(factor)).rounded())
    }
    return nil
  }

  /// `90`, `90s`, `15m`, `2h`, `7d`, `4w`. Nil for anything else.
  static func seconds(_ text: String) -> Double? {
    let units: [(String, Double)] = [
      ("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("w", 604_800), ("y", 31_557_600), ("", 1),
    ]
    for (unit, factor) in units where text.hasSuffix(unit) {
      guard let number = Double(text.dropLast(unit.utf8.count)), number.isFinite, number >= 0,
        number * factor < 1e11
      else { return nil }
      return number * factor
    }
    return nil
  }

  /// Three significant digits: `512 B`, `1.44 KiB`, `20.1 GiB`.
  static func text(bytes: UInt64) -> String {
    let names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var value = Double(bytes)
    var index = 0
    while value >= 999.5 && index < names.count - 1 {
      value /= 1024
      index += 1
    }
    return (index == 0 ? String(bytes) : decimal(value)) + " " + names[index]
  }

  private static func decimal(_ value: Double) -> String {
    let digits = value < 10 ? 2 : value < 100 ? 1 : 0
    return fixed(value, digits)
  }

  /// With that many decimals.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard digits > 0 else { return String(Int64(value.rounded())) }
    var factor = 1.0
    for _ in 0..<digits { factor *= 10 }
    let scaled = Int64((value.magnitude * factor).rounded())
    let whole = String(scaled / Int64(factor))
    let rest = String(scaled % Int64(factor))
    return (value < 0 ? "-" : "") + whole + "."
      + String(repeating: "0", count: digits - rest.count) + rest
  }

  /// `2026-11-26 05:12:21`, in the zone of the machine.
  static func text(_ time: Timestamp) -> String { text(time, separator: " ", local: true) }

  /// `2026-11-26T05:12:21Z`.
  static func utc(_ time: Timestamp) -> String { text(time, separator: "T", local: false) + "Z" }

  private static func text(_ time: Timestamp, separator: String, local: Bool) -> String {
    var parts = tm()
    var seconds = time_t(time.seconds)
    let made = local ? localtime_r(&seconds, &parts) : gmtime_r(&seconds, &parts)
    // A year beyond what `tm` holds.
    guard made != nil else { return "@\(time.seconds)" }
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let year = String(Int(parts.tm_year) + 1900)
    let padded = year.count < 4 ? String(repeating: "0", count: 4 - year.count) + year : year
    return "\(padded)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))\(separator)"
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
  }

  /// Right-aligned in that many columns.
  static func right(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : String(repeating: " ", count: width - text.count) + text
  }

  /// Left-aligned in that many columns.
  static func left(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
  }
}
