/// From settings to services: the one place that knows what a lab consists of.
struct LabPlan {
  let lab: Lab
  let weed: WeedService
  let database: any LabDatabase

  init(lab: Lab, programs: Programs) {
    self.lab = lab
    weed = WeedService(lab: lab, programs: programs)
    database = SinglePostgres(lab: lab, programs: programs)
  }

  private var masters: Masters { Masters(weed: weed) }
  private var volumes: Volumes { Volumes(weed: weed) }
  private var filers: Filers { Filers(weed: weed, database: database) }

  func graph() throws(LabError) -> ServiceGraph {
    try ServiceGraph(
      database.services() + masters.services() + volumes.services() + filers.services()
        + filers.gateways())
  }

  /// Writes configuration and makes directories; fine when they are there.
  func prepare(_ service: ServiceSpec) throws(LabError) {
    switch service.stage {
    case .database:
      try database.prepare(service)
    case .masters:
      try weed.writeConfiguration(service, .master)
    case .volumes:
      try weed.writeConfiguration(service, .volume)
      try volumes.prepare(service)
    case .filers:
      try weed.writeConfiguration(service, .filer)
      try filers.prepare(service)
    case .gateways:
      try weed.writeConfiguration(service, .s3)
      try filers.prepareGateway(service)
    }
  }

  /// What a client on the host needs: certificates, keys, the readers' password.
  func prepareClients() throws(LabError) {
    let secrets = lab.settings.secrets
    try Files.makeDirectory(lab.layout.client)
    try Files.write(
      SecurityFile(lab: lab).text(.client), to: lab.layout.client + "/security.toml", mode: 0o600)
    let lines = database.hosts.flatMap { host in
      [
        "\(host):\(database.port):*:swfs_reader:\(secrets.reader)",
        "\(host):\(database.port):*:seaweedfs:\(secrets.seaweedfs)",
        "\(host):\(database.port):*:postgres:\(secrets.postgres)",
      ]
    }
    try Files.write(
      lines.joined(separator: "\n") + "\n", to: lab.layout.passwordFile, mode: 0o600)
  }
}
