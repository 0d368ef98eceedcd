import SwfsCore

/// Asks each master who leads, and the leader for volumes.
struct MasterProbe {
  struct Answer: Decodable, Sendable {
    let isLeader: Bool?
    let leader: String?
    let peers: [String]?

    enum CodingKeys: String, CodingKey {
      case isLeader = "IsLeader"
      case leader = "Leader"
      case peers = "Peers"
    }
  }

  /// - Parameter masters: `host:port` of HTTP.
  static func group(_ masters: [String], _ web: WebClient) -> StatusReport.Group {
    let answers = Concurrently.map(masters) { master in
      Result { () throws(FSError) in
        try web.json(master, "/cluster/status", as: Answer.self)
      }
    }
    var parts: [StatusReport.Part] = []
    var leaders: Set<String> = []
    for (master, answer) in zip(masters, answers) {
      var part = StatusReport.Part(master)
      switch answer {
      case .failure(let error): part.problem(.down, ErrorText.line(for: error))
      case .success(let answer):
        let leader = MasterAddress.http(answer.leader ?? "")
        part.fact("role", answer.isLeader == true ? "leader" : "follower")
        if leader.isEmpty {
          part.problem(.degraded, "knows no leader")
        } else {
          leaders.insert(leader)
        }
      }
      parts.append(part)
    }
    var group = StatusReport.Group(name: "masters", parts: parts, isEssential: true)
    if masters.isEmpty {
      group.problems.append("no master is known: give --master, or a filer that answers")
    } else if leaders.isEmpty {
      group.problems.append("no leader: nothing can be written")
      group.floor = .down
    } else if leaders.count > 1 {
      group.problems.append(
        "masters disagree about the leader: \(leaders.sorted().joined(separator: ", "))")
    }
    return group
  }

  /// The leader, or any master that answers.
  static func leader(_ masters: [String], _ web: WebClient) -> String? {
    let answers = Concurrently.map(masters) { master in
      try? web.json(master, "/cluster/status", as: Answer.self)
    }
    let leader = answers.lazy.compactMap { $0?.leader }.first { !$0.isEmpty }
    if let leader { return MasterAddress.http(leader) }
    return zip(masters, answers).first { $0.1 != nil }?.0
  }
}

/// `host:port.grpcPort`, as masters call each other.
enum MasterAddress {
  /// The part that HTTP needs.
  static func http(_ address: String) -> String {
    guard let colon = address.lastIndex(of: ":"),
      let dot = address[colon...].firstIndex(of: ".")
    else { return address }
    return String(address[..<dot])
  }
}
