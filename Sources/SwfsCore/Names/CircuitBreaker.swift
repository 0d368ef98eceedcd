/// Decides whether the first of two sources is asked. A value: no clock, no I/O; the caller reports
/// what happened, with times in seconds of any monotonic clock.
///
/// Closed: ask the first source. The first failure opens it: everything goes to the second one, and
/// the caller probes the first. A successful probe closes it again. A source that fails soon after it
/// came back is probed ever more rarely, up to `probeSecondsMax`, so that a half-dead server is not
/// tried with users' calls every second.
public struct CircuitBreaker: Sendable, Equatable {
  public private(set) var isOpen = false
  private var probeSeconds = Self.probeSecondsMin
  private var closedAt: Double?
  private var nextProbeAt = 0.0

  public static let probeSecondsMin = 0.5
  public static let probeSecondsMax = 16.0
  /// A failure within this time after closing counts as flapping.
  public static let steadySeconds = 20.0

  public init() {}

  /// - Returns: whether this opened it: the caller then starts probing.
  public mutating func recordFailure(at now: Double) -> Bool {
    guard !isOpen else { return false }
    isOpen = true
    let isFlapping = closedAt.map { now - $0 < Self.steadySeconds } ?? false
    probeSeconds =
      isFlapping ? min(probeSeconds * 2, Self.probeSecondsMax) : Self.probeSecondsMin
    nextProbeAt = now + probeSeconds
    return true
  }

  /// Seconds until the next probe is due; nil while closed.
  public func secondsToProbe(at now: Double) -> Double? {
    isOpen ? max(nextProbeAt - now, 0) : nil
  }

  public mutating func recordProbe(succeeded: Bool, at now: Double) {
    guard isOpen else { return }
    if succeeded {
      isOpen = false
      closedAt = now
    } else {
      nextProbeAt = now + probeSeconds
    }
  }
}
