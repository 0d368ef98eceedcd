public import SwfsCore
import SwfsObserve
public import SwfsTransport

/// The masters' periodic vacuum, switched off and on.
///
/// The switch is a flag in the memory of each master and counts on the leader only. Every master is
/// told, so that one which becomes the leader knows already. A master that restarts forgets, so
/// whoever wants vacuum off repeats the order. Thread-safe.
public final class MasterVacuum: Sendable {
  private let calls: FilerCalls
  private let tls: TLSContext?
  private let channels = Monitor<[GRPCChannel]?>(nil)

  private static let callSeconds = 5.0

  public init(_ calls: FilerCalls, tls: TLSContext? = nil) {
    self.calls = calls
    self.tls = tls
  }

  /// - Throws: `unavailable` when the leader cannot be told before the context ends.
  public func disable(_ context: OperationContext) throws(FSError) {
    try tellAll("DisableVacuum", context)
  }

  public func enable(_ context: OperationContext) throws(FSError) {
    try tellAll("EnableVacuum", context)
  }

  private func tellAll(_ method: String, _ context: OperationContext) throws(FSError) {
    var problem = "no master is known"
    while true {
      do {
        if try tellOnce(method, context, &problem) { return }
      } catch {
        guard error.code != .interrupted else { throw error }
        problem = error.description
      }
      if context.deadline.hasPassed {
        throw FSError(
          .unavailable, "\(method): the leader of the masters did not hear it: \(problem)")
      }
      try context.sleep(seconds: 0.5, "the masters")
    }
  }

  /// - Returns: whether the leader has heard it.
  private func tellOnce(
    _ method: String, _ context: OperationContext, _ problem: inout String
  ) throws(FSError) -> Bool {
    let masters = try masters(context)
    var heard: [ServerAddress] = []
    var leaders: [ServerAddress] = []
    for channel in masters {
      do {
        // Neither request has a field that we set: all of both messages is defaults.
        _ = try channel.unary(
          "/master_pb.Seaweed/\(method)", [], context.attempt(seconds: Self.callSeconds))
        heard.append(channel.address)
        if let leader = try leader(channel, context) { leaders.append(leader) }
      } catch {
        if error.kind == .interrupted { throw FSError(.interrupted, error.message) }
        problem = "master \(channel.address): \(error)"
        Log.debug("\(method): \(problem)")
      }
    }
    // A master that has just lost the lead may name itself: every leader that is named must know.
    return !leaders.isEmpty && leaders.allSatisfy(heard.contains)
  }

  /// `GetMasterConfigurationResponse.leader`, field 5.
  private func leader(
    _ channel: GRPCChannel, _ context: OperationContext
  ) throws(GRPCError) -> ServerAddress? {
    let reply = try channel.unary(
      "/master_pb.Seaweed/GetMasterConfiguration", [], context.attempt(seconds: Self.callSeconds))
    let name = WireScan.field(5, in: reply[...]).map { String(decoding: $0, as: UTF8.self) }
    guard let name, !name.isEmpty else { return nil }
    do { return try ServerAddress(parsing: name) } catch {
      Log.debug("master \(channel.address) names a leader that makes no sense: \(error)")
      return nil
    }
  }

  private func masters(_ context: OperationContext) throws(FSError) -> [GRPCChannel] {
    if let known = channels.withLock({ $0 }) { return known }
    let names = try FilerClient(calls).configuration(context).masters
    var made: [GRPCChannel] = []
    for name in names { made.append(GRPCChannel(try ServerAddress(parsing: name), tls: tls)) }
    channels.withLock { $0 = made }
    return made
  }
}
