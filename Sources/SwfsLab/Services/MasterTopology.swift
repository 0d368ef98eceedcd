/// What a master answers to `/dir/status`, as far as a lab looks at it.
struct MasterTopology: Decodable {
  struct DataCenter: Decodable {
    let racks: [Rack]?
    enum CodingKeys: String, CodingKey { case racks = "Racks" }
  }

  struct Rack: Decodable {
    let servers: [VolumeServer]?
    enum CodingKeys: String, CodingKey { case servers = "DataNodes" }
  }

  struct VolumeServer: Decodable, Equatable {
    let volumes: Int
    enum CodingKeys: String, CodingKey { case volumes = "Volumes" }
  }

  private struct Topology: Decodable {
    let dataCenters: [DataCenter]?
    enum CodingKeys: String, CodingKey { case dataCenters = "DataCenters" }
  }

  private let topology: Topology
  private enum CodingKeys: String, CodingKey { case topology = "Topology" }

  /// The volume servers that the masters know.
  var servers: [VolumeServer] {
    (topology.dataCenters ?? []).flatMap { $0.racks ?? [] }.flatMap { $0.servers ?? [] }
  }
}
