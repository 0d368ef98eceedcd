import SwfsCore

/// Decides how one needle is read: which replica next, when to look locations up again, when to wait,
/// when to give up. A value: the caller does the I/O and reports back.
///
/// A missing needle is reported only when every replica of a fresh lookup says so. While some replica
/// cannot be asked it may have the bytes, and the read waits for it up to the caller's deadline.
struct ReplicaPolicy: Sendable {
  enum Action: Equatable {
    case ask(server: String, hedge: String?, stallSeconds: Double)
    case locate(fresh: Bool)
    case pause(seconds: Double)
    case fail(FSError.Code)
  }

  enum Verdict: Equatable {
    /// 404, or a redirect: not here.
    case missing
    /// Nothing moved: the server or the whole cluster is slow.
    case stalled
    /// No connection, cut, 5xx, 429.
    case failed
    /// Bytes that fail their check, or a needle shorter than its chunk.
    case corrupt
    /// 401, 403.
    case refused
  }

  private var untried: [String] = []
  private var verdicts: [Verdict] = []
  private var isFresh = false
  private var wantsLookup = true
  private var mustPause = false
  private var rounds = 0
  private var stallSeconds: Double
  private var backoff = Backoff()
  private let hedges: Bool
  private let unknownVolumePatienceSeconds: Double
  private var secondsWaitedForVolume = 0.0

  /// A slow cluster gets more time in each round rather than an endless row of time-outs.
  static let stallSecondsMax = 30.0

  /// - Parameter unknownVolumePatienceSeconds: how long a volume may be unknown (its servers restart)
  ///   before it counts as gone.
  init(stallSeconds: Double, hedges: Bool, unknownVolumePatienceSeconds: Double) {
    self.stallSeconds = stallSeconds
    self.hedges = hedges
    self.unknownVolumePatienceSeconds = unknownVolumePatienceSeconds
  }

  /// - Parameter random: 0 ..< 1, for the jitter of pauses.
  mutating func next(random: Double) -> Action {
    if mustPause {
      mustPause = false
      let seconds = backoff.pause(random: random)
      if rounds > 0 && verdicts.isEmpty { secondsWaitedForVolume += seconds }
      return .pause(seconds: seconds)
    }
    if wantsLookup { return .locate(fresh: rounds > 0) }
    if !untried.isEmpty {
      let server = untried.removeFirst()
      return .ask(
        server: server, hedge: hedges ? untried.first : nil, stallSeconds: stallSeconds)
    }
    if isFresh, let code = finalCode { return .fail(code) }
    // Another round: at once when only the locations may be stale, with a pause after that.
    wantsLookup = true
    mustPause = isFresh
    rounds += 1
    return next(random: random)
  }

  /// Servers of the volume, best first.
  mutating func located(_ servers: [String], fresh: Bool) {
    wantsLookup = false
    untried = servers
    verdicts = []
    isFresh = fresh
    guard servers.isEmpty else { return }
    if fresh && secondsWaitedForVolume >= unknownVolumePatienceSeconds {
      // Stays as it is: `next` ends in `chunkMissing`.
      return
    }
    rounds += 1
    wantsLookup = true
    mustPause = fresh
  }

  /// Nobody could be asked where the volume is.
  mutating func locatingFailed() {
    rounds += 1
    mustPause = true
  }

  mutating func answered(_ verdict: Verdict) {
    verdicts.append(verdict)
    if verdict == .stalled { stallSeconds = min(stallSeconds * 2, Self.stallSecondsMax) }
  }

  /// The hedge was sent too, so it is not asked again in this round.
  mutating func hedgeAnswered(_ server: String, _ verdict: Verdict) {
    untried.removeAll { $0 == server }
    answered(verdict)
  }

  /// What is certain after every replica has answered; nil when trying again may help.
  private var finalCode: FSError.Code? {
    if verdicts.contains(.failed) || verdicts.contains(.stalled) { return nil }
    if verdicts.contains(.corrupt) { return .corrupt }
    if verdicts.contains(.refused) { return .accessDenied }
    return .chunkMissing
  }
}
