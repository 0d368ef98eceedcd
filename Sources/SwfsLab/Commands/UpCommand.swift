import ArgumentParser
import SwfsCore

/// `swfs-lab up`.
struct UpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Bring the lab up and return when the cluster really serves.",
    discussion: """
      Can be repeated: what runs is left alone, what is missing is started. Settings are kept \
      with the lab; to change them take it down first.
      """)

  @OptionGroup var options: LabOptions

  @Option(
    help: "The lab's network, a.b.c.0/24, or 'auto' for a free one. Default: \(Subnet.standard).")
  var subnet: String?

  @Flag(help: "Volume servers demand signed tokens (JWT) for writes and reads.")
  var jwt = false

  @Flag(help: "mTLS for gRPC and HTTPS for HTTP, with certificates made for the lab.")
  var tls = false

  @Flag(help: "An S3 gateway on node-1.")
  var s3 = false

  @Flag(help: "Postgres waits for the disk at each commit.")
  var fsync = false

  @Option(help: "Size of a volume in MB; small, so that volumes fill up.")
  var volumeSizeMB = LabSettings.Defaults.volumeSizeMegabytes

  @Option(help: "Volumes that each volume server may hold.")
  var volumesMax = LabSettings.Defaults.volumesMax

  mutating func validate() throws {
    if let subnet, subnet != "auto", Subnet(subnet) == nil {
      throw ValidationError("--subnet takes a.b.c.0/24 or 'auto', not '\(subnet)'")
    }
    guard (1...30_000).contains(volumeSizeMB), (7...10_000).contains(volumesMax) else {
      throw ValidationError("--volume-size-mb must be 1 to 30000, --volumes-max 7 to 10000")
    }
  }

  func run() throws {
    try requireRoot()
    let layout = try options.layout()
    let started = Deadline.now
    let programs = try Programs.find()
    let lock = try LabLock(layout)
    defer { withExtendedLifetime(lock) {} }
    try StateDirectory.check(layout)
    let settings = try settings(layout)
    try StateDirectory.make(layout)
    try Files.writeJSON(settings, to: layout.settings, mode: 0o600)
    let lab = try Lab(layout: layout, settings: settings)
    try LabUp(plan: LabPlan(lab: lab, programs: programs), say: { Console.say($0) }).run()
    let seconds = (Double(Deadline.now - started) / 1e9).oneDecimal
    Console.say(
      "lab \(layout.name) is up (\(seconds) s): filers \(lab.addresses(Filers.port).joined(separator: ","))"
    )
  }

  /// What the lab has, or what is asked for when it is new.
  func settings(_ layout: LabLayout) throws(LabError) -> LabSettings {
    guard Files.exists(layout.settings) else {
      return requested(layout, subnet: try chosenSubnet(layout), secrets: .random())
    }
    let existing = try Files.readJSON(LabSettings.self, from: layout.settings)
    let askedSubnet = subnet == "auto" ? nil : subnet
    let same = requested(layout, subnet: askedSubnet ?? existing.subnet, secrets: existing.secrets)
    guard same == existing || !asksForSettings else {
      throw LabError(
        "lab \(layout.name) exists with other settings: run swfs-lab down first to change them")
    }
    return existing
  }

  private var asksForSettings: Bool {
    jwt || tls || s3 || fsync || (subnet != nil && subnet != "auto")
      || volumeSizeMB != LabSettings.Defaults.volumeSizeMegabytes
      || volumesMax != LabSettings.Defaults.volumesMax
  }

  private func requested(
    _ layout: LabLayout, subnet: String, secrets: LabSettings.Secrets
  ) -> LabSettings {
    LabSettings(
      name: "\(layout.name)", subnet: subnet, jwt: jwt, tls: tls, s3: s3, fsync: fsync,
      volumeSizeMegabytes: volumeSizeMB, volumesMax: volumesMax, secrets: secrets)
  }

  private func chosenSubnet(_ layout: LabLayout) throws(LabError) -> String {
    guard subnet == "auto" else {
      let chosen = subnet.flatMap { Subnet($0) } ?? .standard
      try SubnetChoice.check(chosen, ownInterface: layout.hostInterface)
      return "\(chosen)"
    }
    let free = SubnetChoice.firstFree(
      routes: try SubnetChoice.routes(), ownInterface: layout.hostInterface)
    guard let free else {
      throw LabError("none of the \(Subnet.candidates.count) usual subnets is free: use --subnet")
    }
    return "\(free)"
  }
}
