import SwfsCore

/// `/vol/status` of the leading master: every volume on every server.
struct VolumeMap: Decodable, Sendable {
  struct Volume: Decodable, Sendable, Equatable {
    let id: UInt32
    let collection: String?
    let size: UInt64?
    let fileCount: UInt64?
    let deletedByteCount: UInt64?
    let readOnly: Bool?
    let replicaPlacement: Placement?

    enum CodingKeys: String, CodingKey {
      case id = "Id"
      case collection = "Collection"
      case size = "Size"
      case fileCount = "FileCount"
      case deletedByteCount = "DeletedByteCount"
      case readOnly = "ReadOnly"
      case replicaPlacement = "ReplicaPlacement"
    }

    var copies: Int { replicaPlacement?.copies ?? 1 }
  }

  /// Replication `xyz` in words; zeros are left out.
  struct Placement: Decodable, Sendable, Equatable {
    let dc: Int?
    let rack: Int?
    let node: Int?

    var copies: Int {
      [dc, rack, node].reduce(1) { $0 &+ max(0, min($1 ?? 0, 100)) }
    }
  }

  private struct Centers: Decodable, Sendable {
    let dataCenters: [String: [String: [String: [Volume]?]?]?]?
    enum CodingKeys: String, CodingKey { case dataCenters = "DataCenters" }
  }

  private let volumes: Centers?
  let version: String?

  enum CodingKeys: String, CodingKey {
    case volumes = "Volumes"
    case version = "Version"
  }

  /// Volumes by server (`host:port`).
  var servers: [String: [Volume]] {
    var result: [String: [Volume]] = [:]
    for racks in (volumes?.dataCenters ?? [:]).values {
      for nodes in (racks ?? [:]).values {
        for (server, volumes) in nodes ?? [:] { result[server, default: []] += volumes ?? [] }
      }
    }
    return result
  }

  /// Volumes with fewer copies than their placement asks for, with the copies there are.
  static func lacking(_ servers: [String: [Volume]]) -> [(id: UInt32, copies: Int, wanted: Int)] {
    var copies: [UInt32: (count: Int, wanted: Int)] = [:]
    for volume in servers.values.joined() {
      let known = copies[volume.id] ?? (0, 0)
      copies[volume.id] = (known.count + 1, max(known.wanted, volume.copies))
    }
    return copies.filter { $0.value.count < $0.value.wanted }
      .map { (id: $0.key, copies: $0.value.count, wanted: $0.value.wanted) }
      .sorted { $0.id < $1.id }
  }
}
