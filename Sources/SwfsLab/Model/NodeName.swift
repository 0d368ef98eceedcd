/// One of the three machines of a lab, `node-1` to `node-3`.
struct NodeName: Sendable, Hashable, Codable, CustomStringConvertible {
  let number: Int

  static let all = (1...3).map { NodeName(number: $0) }

  private init(number: Int) { self.number = number }

  /// Accepts `node-2` and plain `2`.
  init?(_ text: String) {
    let digits = text.hasPrefix("node-") ? text.dropFirst(5) : text[...]
    guard let match = Self.all.first(where: { String($0.number) == digits }) else { return nil }
    self = match
  }

  var description: String { "node-\(number)" }

  /// Its address inside the lab's subnet.
  func address(in subnet: Subnet) -> String { subnet.address(UInt8(10 + number)) }
}
