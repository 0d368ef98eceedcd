import SwfsCore

/// Which servers failed lately. A value: callers report what they saw and say what time it is.
///
/// A server is suspect from its first failure until it answers again, a real request or a probe.
/// Suspects are asked last, so a dead server costs one time-out once and not one for each read.
struct EndpointHealth: Sendable {
  private var suspects: [String: Suspect] = [:]

  private struct Suspect: Sendable {
    var since: UInt64
    var probeAt: UInt64
    var probes = 0
  }

  /// Probes come at this pace at first, and four times slower once a server has been away for long.
  static let probeIntervalSeconds = 0.5
  /// A server that stays away this long is forgotten: it may have left the cluster. The next failure
  /// brings it back here.
  static let forgetAfterSeconds = 600.0
  static let suspectsMax = 1024

  var isAllWell: Bool { suspects.isEmpty }

  func isSuspect(_ server: String) -> Bool { suspects[server] != nil }

  /// - Returns: true when the server was well until now.
  mutating func failed(_ server: String, now: UInt64) -> Bool {
    guard suspects[server] == nil, suspects.count < Self.suspectsMax else { return false }
    suspects[server] = Suspect(
      since: now, probeAt: now &+ Self.nanoseconds(Self.probeIntervalSeconds))
    return true
  }

  /// - Returns: true when the server was suspect until now.
  mutating func succeeded(_ server: String) -> Bool {
    suspects.removeValue(forKey: server) != nil
  }

  /// Servers to probe now; each is due again later. Forgets those that stay away.
  mutating func dueProbes(now: UInt64) -> [String] {
    var due: [String] = []
    for (server, suspect) in suspects where suspect.probeAt <= now {
      guard now &- suspect.since < Self.nanoseconds(Self.forgetAfterSeconds) else {
        suspects[server] = nil
        continue
      }
      due.append(server)
      let slower = suspect.probes >= 60 ? 4.0 : 1.0
      suspects[server]?.probes += 1
      suspects[server]?.probeAt = now &+ Self.nanoseconds(Self.probeIntervalSeconds * slower)
    }
    return due
  }

  /// The servers in the order in which to ask: the well ones in the given order, then suspects, the
  /// one that failed last at the very end.
  func ordered(_ servers: [String]) -> [String] {
    if suspects.isEmpty { return servers }
    let well = servers.filter { suspects[$0] == nil }
    let ill = servers.filter { suspects[$0] != nil }.sorted {
      (suspects[$0]?.since ?? 0, $0) < (suspects[$1]?.since ?? 0, $1)
    }
    return well + ill
  }

  private static func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(seconds * 1e9) }
}
