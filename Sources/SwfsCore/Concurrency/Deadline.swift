import Glibc

/// A point on the monotonic clock after which a call must not wait any longer.
public struct Deadline: Sendable, Comparable {
  /// Nanoseconds of `CLOCK_MONOTONIC`.
  public let nanoseconds: UInt64

  public static let never = Deadline(nanoseconds: .max)

  public init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// A deadline that many seconds from now; negative or absurd values are clamped.
  public init(secondsFromNow seconds: Double) {
    let bounded = min(max(seconds, 0), 1e9)
    nanoseconds = Self.now + UInt64(bounded * 1e9)
  }

  /// Now, in nanoseconds of the monotonic clock.
  public static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  public var hasPassed: Bool { Self.now >= nanoseconds }

  /// Seconds left, zero when passed.
  public var secondsLeft: Double {
    let now = Self.now
    return nanoseconds <= now ? 0 : Double(nanoseconds - now) / 1e9
  }

  /// The earlier of this one and a time span from now.
  public func capped(secondsFromNow seconds: Double) -> Deadline {
    min(self, Deadline(secondsFromNow: seconds))
  }

  public static func < (left: Deadline, right: Deadline) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}
