/// A private `a.b.c.0/24` that one lab owns: the host has `.1`, node *n* has `.10+n`.
public struct Subnet: Sendable, Equatable, CustomStringConvertible {
  /// The first three octets.
  let octets: [UInt8]

  /// Where a lab lives unless told otherwise.
  public static let standard = Subnet(octets: [10, 98, 40])

  private init(octets: [UInt8]) { self.octets = octets }

  /// Parses `a.b.c.0/24`; nil for anything else, since node addresses rely on that shape.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == "24" else { return nil }
    let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let octets = numbers.compactMap { UInt8($0) }
    guard numbers.count == 4, octets.count == 4, octets[3] == 0 else { return nil }
    guard octets[0] != 0, octets[0] != 127, octets[0] < 224 else { return nil }
    self.octets = Array(octets.prefix(3))
  }

  public var description: String { prefix + "0/24" }

  /// The address of a machine in it.
  func address(_ last: UInt8) -> String { prefix + String(last) }

  var hostAddress: String { address(1) }

  private var prefix: String { octets.map { String($0) + "." }.joined() }

  /// Whether a routed destination (`10.0.0.0/8`, or a lone address) shares addresses with it.
  /// False for `default` and for anything that is not an IPv4 prefix.
  func overlaps(route destination: String) -> Bool {
    let parts = destination.split(separator: "/")
    let theirs = parts.first.map { $0.split(separator: ".").compactMap { UInt8($0) } } ?? []
    guard theirs.count == 4 else { return false }
    let length = parts.count > 1 ? Int(parts[1]) ?? 32 : 32
    let common = min(max(length, 0), 24)
    return Self.bits(theirs, common) == Self.bits(octets + [0], common)
  }

  private static func bits(_ address: [UInt8], _ length: Int) -> UInt32 {
    let value = address.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return length == 0 ? 0 : value >> UInt32(32 - length)
  }

  /// The subnets that `--subnet auto` tries, in order: forty of them from the standard one on.
  static let candidates = (40..<80).map { Subnet(octets: [10, 98, UInt8($0)]) }
}
