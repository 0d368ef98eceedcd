import SwfsCore

/// Volume servers: disks by themselves, volumes and missing copies by the leading master.
enum VolumeProbe {
  private struct Status: Decodable, Sendable {
    struct Disk: Decodable, Sendable {
      let dir: String?
      let all: UInt64?
      let free: UInt64?
    }
    let disks: [Disk]?
    let version: String?

    enum CodingKeys: String, CodingKey {
      case disks = "DiskStatuses"
      case version = "Version"
    }
  }

  /// A disk with less than this part free counts as degraded.
  static let freeShareMin = 0.05

  static func group(_ leader: String?, _ web: WebClient) -> StatusReport.Group {
    var group = StatusReport.Group(name: "volume servers", parts: [], isEssential: true)
    guard let leader else {
      group.problems.append("no master answers, so nobody knows the volume servers")
      return group
    }
    let servers: [String: [VolumeMap.Volume]]
    do throws(FSError) {
      servers = try web.json(leader, "/vol/status", as: VolumeMap.self).servers
    } catch {
      group.problems.append(ErrorText.line(for: error))
      return group
    }
    let names = servers.keys.sorted()
    let answers = Concurrently.map(names) { server in
      Result { () throws(FSError) in try web.json(server, "/status", as: Status.self) }
    }
    for (name, answer) in zip(names, answers) {
      group.parts.append(part(name, servers[name] ?? [], answer))
    }
    let lacking = VolumeMap.lacking(servers)
    if !lacking.isEmpty {
      let first = lacking.prefix(8).map { "\($0.id) (\($0.copies) of \($0.wanted))" }
      group.problems.append(
        "\(lacking.count) volumes lack copies: \(first.joined(separator: ", "))"
          + (lacking.count > 8 ? ", …" : "")
          + "; when the servers are back and it stays so: weed shell, volume.fix.replication")
    }
    return group
  }

  private static func part(
    _ name: String, _ volumes: [VolumeMap.Volume], _ answer: Result<Status, FSError>
  ) -> StatusReport.Part {
    var part = StatusReport.Part(name)
    part.fact("volumes", volumes.count)
    let readOnly = volumes.filter { $0.readOnly == true }.count
    part.fact("read-only", readOnly)
    part.fact("used", bytes: volumes.reduce(0) { $0 &+ ($1.size ?? 0) })
    switch answer {
    case .failure(let error): part.problem(.down, ErrorText.line(for: error))
    case .success(let status):
      let disks = status.disks ?? []
      part.fact("free", bytes: disks.reduce(0) { $0 &+ ($1.free ?? 0) })
      part.fact("disk", bytes: disks.reduce(0) { $0 &+ ($1.all ?? 0) })
      for disk in disks {
        guard let all = disk.all, all > 0, let free = disk.free else { continue }
        if Double(free) < Double(all) * freeShareMin {
          part.problem(
            .degraded, "\(disk.dir ?? "a disk") has \(Units.text(bytes: free)) free: add space")
        }
      }
    }
    return part
  }
}
