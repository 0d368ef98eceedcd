/// The attempts of one call: each server in turn, then a pause, then the next round, for ever. The
/// caller's deadline ends it.
///
/// A value without I/O or clock.
struct CallAttempts {
  enum Action: Equatable {
    case ask(endpoint: Int, seconds: Double)
    /// Nobody is left to ask: pause, or until a server comes back.
    case pause(seconds: Double)
  }

  /// Why an attempt gave no answer that counts.
  enum Failure: Equatable {
    /// The server itself is gone or does not answer.
    case down
    /// It answers, but something it needs (database, masters) fails, or it is slow at this call.
    case outage
  }

  private let callClass: CallClass
  private var tried: Set<Int> = []
  private(set) var round = 0

  static let firstPauseSeconds = 0.05
  static let longestPauseSeconds = 1.0

  init(_ callClass: CallClass) {
    self.callClass = callClass
  }

  mutating func next(_ selector: EndpointSelector) -> Action {
    if let endpoint = selector.choose(excluding: tried) {
      return .ask(endpoint: endpoint, seconds: callClass.seconds(inRound: round))
    }
    let pause = Self.firstPauseSeconds * Double(1 << min(round, 10))
    round += 1
    tried = []
    return .pause(seconds: min(pause, Self.longestPauseSeconds))
  }

  mutating func failed(_ endpoint: Int, _ failure: Failure) {
    // A server that is down is left out by the selector until it is back, and may then be asked again
    // in this round.
    if failure == .outage { tried.insert(endpoint) }
  }
}
