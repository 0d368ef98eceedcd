/// Three active-active filers over one `filemeta` table, and the S3 gateway in front of one.
struct Filers {
  let weed: WeedService
  let database: any LabDatabase
  static let port = 8888
  static let metricsPort = 9326
  static let s3Port = 8333
  static let s3MetricsPort = 9327

  private var masters: String { weed.lab.addresses(Masters.port).joined(separator: ",") }

  func services() -> [ServiceSpec] {
    NodeName.all.map { node in
      weed.spec(
        "filer", on: node, stage: .filers,
        arguments: ["filer"] + weed.address(node) + [
          "-port=\(Self.port)", "-master=\(masters)", "-dataCenter=lab", "-rack=rack-1",
          // By default a socket in /tmp.
          "-localSocket=./filer.sock", "-metricsPort=\(Self.metricsPort)",
        ],
        probe: weed.lab.http.url(node, Self.port, "/healthz"))
    }
  }

  /// Without this file a filer silently keeps its names in a private LevelDB.
  func prepare(_ spec: ServiceSpec) throws(LabError) {
    try Files.write(
      """
      [postgres]
      enabled = true
      hostname = "\(database.hosts.joined(separator: ","))"
      port = \(database.port)
      username = "seaweedfs"
      password = "\(weed.lab.settings.secrets.seaweedfs)"
      database = "seaweedfs"
      sslmode = "disable"
      connection_max_idle = 10
      connection_max_open = 50
      connection_max_lifetime_seconds = 300

      """, to: spec.workingDirectory + "/filer.toml", mode: 0o600)
  }

  func gateways() -> [ServiceSpec] {
    guard weed.lab.settings.s3, let node = NodeName.all.first else { return [] }
    let filers = weed.lab.addresses(Self.port).joined(separator: ",")
    return [
      weed.spec(
        "s3", on: node, stage: .gateways,
        arguments: [
          "s3", "-ip.bind=0.0.0.0", "-port=\(Self.s3Port)", "-filer=\(filers)",
          "-config=identities.json", "-localSocket=./s3.sock",
          "-port.iceberg=0", "-port.lance=0", "-metricsPort=\(Self.s3MetricsPort)",
        ],
        probe: "http://\(node.address(in: weed.lab.subnet)):\(Self.s3Port)/healthz")
    ]
  }

  /// Without identities the gateway would let anybody read and write.
  func prepareGateway(_ spec: ServiceSpec) throws(LabError) {
    struct Identities: Encodable {
      struct Identity: Encodable {
        let name: String
        let credentials: [[String: String]]
        let actions: [String]
      }
      let identities: [Identity]
    }
    let secrets = weed.lab.settings.secrets
    let lab = Identities.Identity(
      name: "lab",
      credentials: [["accessKey": secrets.s3AccessKey, "secretKey": secrets.s3SecretKey]],
      actions: ["Admin", "Read", "List", "Tagging", "Write"])
    try Files.writeJSON(
      Identities(identities: [lab]), to: spec.workingDirectory + "/identities.json", mode: 0o600)
  }
}
