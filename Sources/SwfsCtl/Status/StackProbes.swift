import SwfsCore

/// Parts of the stacks that have addresses of their own: S3, Patroni, etcd, PgBouncer.
enum StackProbes {
  /// Gateways: anything below 500 on `/healthz` shows one that works.
  static func s3(_ servers: [String], _ web: WebClient) -> StatusReport.Group {
    let parts = Concurrently.map(servers) { server -> StatusReport.Part in
      var part = StatusReport.Part(server)
      do throws(FSError) { _ = try web.get(server, "/healthz") } catch {
        part.problem(.down, ErrorText.line(for: error))
      }
      return part
    }
    return StatusReport.Group(name: "s3", parts: parts, isEssential: false)
  }

  private struct PatroniCluster: Decodable, Sendable {
    struct Member: Decodable, Sendable {
      let name: String?
      let role: String?
      let state: String?
      let timeline: Int?
      let lag: Lag?
    }
    let members: [Member]?
    let pause: Bool?
  }

  /// Patroni writes a number of bytes, or the word "unknown".
  private enum Lag: Decodable, Sendable {
    case bytes(Int)
    case unknown

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        self = .bytes(number)
      } else {
        self = .unknown
      }
    }
  }

  /// The members as the first REST API that answers knows them, and which APIs do not answer.
  static func patroni(_ servers: [String], _ web: WebClient) -> StatusReport.Group {
    let answers = Concurrently.map(servers) { server in
      Result { () throws(FSError) in
        try web.json(server, "/cluster", as: PatroniCluster.self)
      }
    }
    var group = StatusReport.Group(name: "patroni", parts: [], isEssential: false)
    var cluster: PatroniCluster?
    for (server, answer) in zip(servers, answers) {
      switch answer {
      case .success(let found): cluster = cluster ?? found
      case .failure(let error):
        group.parts.append(
          StatusReport.Part("api \(server)", .down, problems: [ErrorText.line(for: error)]))
      }
    }
    guard let cluster else { return group }
    let members = cluster.members ?? []
    for member in members { group.parts.append(part(member)) }
    let leaders = members.filter { ["leader", "standby_leader", "master"].contains($0.role ?? "") }
    if leaders.isEmpty { group.problems.append("no leader") }
    if !members.contains(where: { ["sync_standby", "quorum_standby"].contains($0.role ?? "") }),
      members.count > 1
    {
      group.problems.append("no synchronous standby: a failover may lose writes")
    }
    if cluster.pause == true {
      group.problems.append("automatic failover is paused (patronictl resume)")
    }
    return group
  }

  private static func part(_ member: PatroniCluster.Member) -> StatusReport.Part {
    var part = StatusReport.Part(member.name ?? "?")
    part.fact("role", member.role ?? "?")
    part.fact("state", member.state ?? "?")
    if let timeline = member.timeline { part.fact("timeline", timeline) }
    switch member.lag {
    case .bytes(let lag):
      part.fact("lag", bytes: UInt64(max(0, lag)))
      if Int64(lag) > PostgresProbe.lagBytesMax {
        part.problem(.degraded, "is \(Units.text(bytes: UInt64(lag))) behind")
      }
    case .unknown: part.problem(.degraded, "its lag is unknown")
    case nil: break
    }
    if !["running", "streaming"].contains(member.state ?? "") {
      part.problem(.degraded, "is \(member.state ?? "in no known state")")
    }
    return part
  }

  private struct EtcdHealth: Decodable, Sendable {
    let health: String?
    let reason: String?
  }

  static func etcd(_ servers: [String], _ web: WebClient) -> StatusReport.Group {
    let parts = Concurrently.map(servers) { server -> StatusReport.Part in
      var part = StatusReport.Part(server)
      do throws(FSError) {
        let answer = try web.json(server, "/health", as: EtcdHealth.self)
        if answer.health != "true" { part.problem(.down, "not healthy: \(answer.reason ?? "?")") }
      } catch {
        part.problem(.down, ErrorText.line(for: error))
      }
      return part
    }
    var group = StatusReport.Group(name: "etcd", parts: parts, isEssential: false)
    let healthy = parts.filter { $0.state == .fine }.count
    if healthy * 2 <= parts.count { group.problems.append("no majority: no failover is possible") }
    return group
  }
}
