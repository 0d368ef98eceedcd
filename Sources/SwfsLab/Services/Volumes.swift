/// Three volume servers in one rack, so that replication 001 puts two copies on two of them.
struct Volumes {
  let weed: WeedService
  static let port = 8080
  static let metricsPort = 9325

  func services() -> [ServiceSpec] {
    let masters = weed.lab.addresses(Masters.port).joined(separator: ",")
    return NodeName.all.map { node in
      weed.spec(
        "volume", on: node, stage: .volumes,
        arguments: ["volume"] + weed.address(node) + [
          "-port=\(Self.port)", "-dir=data", "-max=\(weed.lab.settings.volumesMax)",
          "-master=\(masters)", "-dataCenter=lab", "-rack=rack-1", "-minFreeSpace=1GiB",
          "-metricsPort=\(Self.metricsPort)", "-preStopSeconds=1",
        ],
        probe: weed.lab.http.url(node, Self.port, "/healthz"), stopGraceSeconds: 30)
    }
  }

  func prepare(_ spec: ServiceSpec) throws(LabError) {
    try Files.makeDirectory(spec.workingDirectory + "/data")
  }
}
