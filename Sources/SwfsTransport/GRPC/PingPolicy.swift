/// Decides when a silent connection is asked for a sign of life, and when it is given up.
///
/// Servers of 4.48 punish pings that come more often than every 20 s, so a ping is sent on suspicion
/// only. A value: times are nanoseconds of the monotonic clock, given by the caller.
struct PingPolicy {
  static let suspicionSeconds = 6.0
  static let patienceSeconds = 3.0
  static let pauseSeconds = 20.5

  enum Action: Equatable { case none, ping, giveUp }

  private var lastPing: UInt64?

  /// - Parameter hasCalls: an idle connection may be silent for ever.
  mutating func tick(now: UInt64, lastReceived: UInt64, hasCalls: Bool) -> Action {
    guard hasCalls else { return .none }
    if let lastPing, lastReceived < lastPing {
      return Self.seconds(lastPing, now) >= Self.patienceSeconds ? .giveUp : .none
    }
    guard Self.seconds(lastReceived, now) >= Self.suspicionSeconds else { return .none }
    if let lastPing, Self.seconds(lastPing, now) < Self.pauseSeconds { return .none }
    lastPing = now
    return .ping
  }

  private static func seconds(_ from: UInt64, _ to: UInt64) -> Double {
    to > from ? Double(to - from) / 1e9 : 0
  }
}
