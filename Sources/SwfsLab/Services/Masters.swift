/// Three masters under raft.
struct Masters {
  let weed: WeedService
  static let port = 9333
  static let metricsPort = 9324

  func services() -> [ServiceSpec] {
    let peers = weed.lab.addresses(Self.port).joined(separator: ",")
    return NodeName.all.map { node in
      weed.spec(
        "master", on: node, stage: .masters,
        arguments: ["master"] + weed.address(node) + [
          "-port=\(Self.port)", "-mdir=.", "-peers=\(peers)", "-defaultReplication=001",
          "-volumeSizeLimitMB=\(weed.lab.settings.volumeSizeMegabytes)",
          "-electionTimeout=\(Self.electionTimeout)", "-metricsPort=\(Self.metricsPort)",
          // On by default, it would report to the makers.
          "-telemetry=false",
        ],
        probe: weed.lab.http.url(node, Self.port, "/cluster/healthz"))
    }
  }

  /// The time a new cluster, or one without its leader, takes to choose one; weed's default of
  /// 10 s would be most of what `up` takes.
  private static let electionTimeout = "3s"
}
