/// Judges one event stream by what arrives and what does not. A value: the stream's thread gives it
/// times (nanoseconds of the monotonic clock) and does what it says.
///
/// Local streams of a cluster with several filers beat every 200 ms; a lone filer's does not beat at
/// all, so silence counts only once a beat has been seen.
struct StreamHealth: Equatable {
  static let silenceSeconds = 1.5
  /// A stream that stays silent for this long is not waited for any more.
  static let givenUpSeconds = 5.0

  enum Action: Equatable {
    case none
    /// Tell the listener that changes may be missing.
    case interrupted
    /// Tell the listener that the stream is back.
    case resumed
    /// Break the connection and make a new one.
    case reconnect
  }

  private(set) var isUp = false
  private var hasBeaten = false
  private var lastMessage: UInt64 = 0
  /// Whether a break was reported that no `resumed` has followed.
  private var owesResumed = false

  /// The stream answers. `beat` says that the message was a heartbeat.
  mutating func received(now: UInt64, beat: Bool) -> Action {
    lastMessage = now
    hasBeaten = hasBeaten || beat
    return nowUp()
  }

  /// The stream has been open for long enough without an error, though nothing was sent on it.
  mutating func settled(now: UInt64) -> Action {
    guard !hasBeaten else { return .none }
    lastMessage = now
    return nowUp()
  }

  private mutating func nowUp() -> Action {
    guard !isUp else { return .none }
    isUp = true
    defer { owesResumed = false }
    return owesResumed ? .resumed : .none
  }

  /// Time has passed without a message.
  mutating func tick(now: UInt64) -> Action {
    guard hasBeaten, now > lastMessage else { return .none }
    let silence = Double(now - lastMessage) / 1e9
    if silence >= Self.givenUpSeconds { return .reconnect }
    return silence >= Self.silenceSeconds ? down() : .none
  }

  /// The stream ended. A new one starts without a heartbeat seen.
  mutating func broke() -> Action {
    hasBeaten = false
    return down()
  }

  private mutating func down() -> Action {
    guard isUp else { return .none }
    isUp = false
    owesResumed = true
    return .interrupted
  }
}
