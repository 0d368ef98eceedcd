/// An entry as a listing sees it: attributes, and when they end.
public struct ListedAttributes: Sendable, Equatable {
  public var attributes: FileAttributes
  /// Last second (unix) in which the entry exists by its TTL; nil when it stays.
  public var lastSecond: Int64?

  public init(attributes: FileAttributes, lastSecond: Int64?) {
    self.attributes = attributes
    self.lastSecond = lastSecond
  }

  /// Whether the entry has expired at `nowSeconds` (unix). Filers leave such rows in the table until
  /// somebody looks.
  public func hasExpired(nowSeconds: Int64) -> Bool {
    guard let lastSecond else { return false }
    return lastSecond < nowSeconds
  }
}
