/// The name of a lab: it becomes part of namespace, interface and directory names.
public struct LabName: Sendable, Equatable, CustomStringConvertible {
  public let description: String

  public static let standard = "swfs"

  /// Lower-case letters, digits and inner dashes, at most 32 characters; nil otherwise.
  public init?(_ text: String) {
    let allowed = text.utf8.allSatisfy { byte in
      (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2d
    }
    guard allowed, (1...32).contains(text.utf8.count) else { return nil }
    guard !text.hasPrefix("-"), !text.hasSuffix("-") else { return nil }
    description = text
  }

  /// The name itself when it fits into an interface name (15 bytes with its prefix), else a
  /// hash of it (FNV-1a), so that two long names do not meet in their first letters.
  var short: String {
    guard description.utf8.count > 11 else { return description }
    let hash = description.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
      ($0 ^ UInt64($1)).multipliedReportingOverflow(by: 0x100_0000_01b3).partialValue
    }
    let digits = String(hash, radix: 16)
    return String(digits.prefix(11))
  }
}
