/// Time to live of needles and volumes: a count of 1 … 255 and a unit.
enum NeedleTTL {
  private static let units: [(name: String, seconds: Int)] = [
    ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800), ("M", 2_592_000), ("y", 31_536_000),
  ]

  /// The text for `?ttl=`, rounded up to what the format can say; nil for none.
  static func text(seconds: Int32) -> String? {
    guard seconds > 0 else { return nil }
    let seconds = Int(seconds)
    let exact = units.last { seconds % $0.seconds == 0 && seconds / $0.seconds <= 255 }
    if let exact { return "\(seconds / exact.seconds)\(exact.name)" }
    for unit in units {
      let count = (seconds + unit.seconds - 1) / unit.seconds
      if count <= 255 { return "\(count)\(unit.name)" }
    }
    return nil
  }
}
