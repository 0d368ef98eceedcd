/// Growing pauses with jitter, so that writers and readers stopped by the same outage do not come
/// back in step.
struct Backoff: Sendable {
  private var next: Double
  private let longest: Double

  init(firstSeconds: Double = 0.05, longestSeconds: Double = 2) {
    next = firstSeconds
    longest = longestSeconds
  }

  /// The pause in seconds: between half and all of the nominal one, which doubles each time.
  ///
  /// - Parameter random: 0 ..< 1.
  mutating func pause(random: Double) -> Double {
    defer { next = min(next * 2, longest) }
    return next * (0.5 + random / 2)
  }
}
