import SwfsCore
import SwfsObserve
import SwfsTransport
import Synchronization

/// Several servers that can all do the same, with one gRPC channel each, failover and probes.
///
/// Thread-safe. A server that fails is left out at once and asked again by a thread of its own until
/// it answers; calls never wait for it meanwhile unless nobody else is left.
final class EndpointPool: Sendable {
  /// Asks a server for a sign of life. True when it answered, whatever it said.
  typealias Probe = @Sendable (GRPCChannel, OperationContext) -> Bool

  /// What became of one attempt.
  enum Attempt<Answer> {
    case answer(Answer)
    /// The server has decided; asking another one changes nothing.
    case refused(FSError)
    case failed(CallAttempts.Failure, String)
    /// The call ends with this answer, but the server counts as down: for requests that must not be
    /// repeated blindly.
    case answerInDoubt(Answer, String)
  }

  let channels: [GRPCChannel]
  private let what: String
  private let selector: Monitor<EndpointSelector>
  private let probe: Probe
  private let isClosed = Atomic<Bool>(false)

  static let probeSeconds = 3.0
  static let probePauseSeconds = (first: 0.2, longest: 1.0)

  /// - Parameter what: what to call such a server in messages ("filer").
  init(
    _ what: String, _ addresses: [ServerAddress], tls: TLSContext?, probe: @escaping Probe
  ) {
    self.what = what
    self.probe = probe
    channels = addresses.map { GRPCChannel($0, tls: tls) }
    selector = Monitor(EndpointSelector(count: addresses.count))
  }

  deinit { close() }

  func close() {
    isClosed.store(true, ordering: .relaxed)
    for channel in channels { channel.close() }
  }

  /// Addresses of the servers that are up now.
  var up: [ServerAddress] {
    let states = selector.withLock { $0.isUp }
    return zip(channels, states).filter(\.1).map(\.0.address)
  }

  /// Makes the attempts of a call until one is answered or refused, or the context ends.
  ///
  /// - Throws: what the body refused with; `interrupted`; `unavailable` with the last failure when the
  ///   deadline passed.
  func call<Answer>(
    _ callClass: CallClass, _ name: String, _ context: OperationContext,
    _ body: (GRPCChannel, OperationContext) -> Attempt<Answer>
  ) throws(FSError) -> Answer {
    guard !channels.isEmpty else { throw FSError(.unavailable, "\(name): no \(what) is known") }
    var attempts = CallAttempts(callClass)
    var problem = "no \(what) answers"
    while true {
      if context.isInterrupted { throw FSError(.interrupted, "\(name): interrupted") }
      if context.deadline.hasPassed { throw FSError(.unavailable, "\(name): \(problem)") }
      switch selector.withLock({ attempts.next($0) }) {
      case .pause(let seconds): try pause(seconds, name, problem, context)
      case .ask(let index, let seconds):
        Metrics.filerCalls.add()
        switch body(channels[index], context.attempt(seconds: seconds)) {
        case .answer(let answer):
          selector.withLock { if $0.preferred != index { $0.answered(index) } }
          return answer
        case .refused(let error): throw error
        case .answerInDoubt(let answer, let why):
          note(index, .down, name, why)
          return answer
        case .failed(let failure, let why):
          problem = "\(what) \(channels[index].address): \(why)"
          // The caller's own end of patience says nothing about the server.
          guard !context.deadline.hasPassed && !context.isInterrupted else { continue }
          attempts.failed(index, failure)
          note(index, failure, name, why)
        }
      }
    }
  }

  private func note(
    _ index: Int, _ failure: CallAttempts.Failure, _ name: String, _ why: String
  ) {
    let address = channels[index].address
    guard failure == .down else {
      return Log.info("\(what) \(address) could not do \(name): \(why)")
    }
    Metrics.filerFailovers.add()
    guard selector.update({ $0.failed(index) }) else { return }
    Log.warning("\(what) \(address) is down: \(why)")
    startProbing(index)
  }

  /// Waits for time to pass, less when a server comes back.
  private func pause(
    _ seconds: Double, _ name: String, _ problem: String, _ context: OperationContext
  ) throws(FSError) {
    let end = Deadline(secondsFromNow: seconds)
    let hadAny = selector.withLock { $0.hasAnyUp }
    do {
      try selector.wait(context, for: name) { (selector: inout EndpointSelector) -> Void? in
        end.hasPassed || (!hadAny && selector.hasAnyUp) ? () : nil
      }
    } catch {
      if error.code == .interrupted { throw error }
      throw FSError(.unavailable, "\(name): \(problem)")
    }
  }

  private func startProbing(_ index: Int) {
    let channel = channels[index]
    let probe = self.probe
    startThread("swfs-probe") { [weak self] in
      var wait = EndpointPool.probePauseSeconds.first
      while true {
        SwfsCore.pause(seconds: wait)
        guard let self, !self.isClosed.load(ordering: .relaxed) else { return }
        if probe(channel, .background(seconds: EndpointPool.probeSeconds)) {
          self.selector.update { $0.recovered(index) }
          return Log.notice("\(self.what) \(channel.address) is back")
        }
        wait = min(wait * 1.5, EndpointPool.probePauseSeconds.longest)
      }
    }
  }
}
