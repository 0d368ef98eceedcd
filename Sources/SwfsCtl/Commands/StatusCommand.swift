import ArgumentParser
import SwfsCore
import SwfsPostgres

/// `swfs-ctl status`.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "The state of the whole cluster on one screen.",
    discussion: """
      Masters and volume servers are learnt from the filers; Postgres from the connection string, \
      each of its hosts by itself. Parts of the stacks with addresses of their own (S3, Patroni, \
      etcd, PgBouncer) are looked at when they are given. Nothing is changed. \
      Exit codes: 0 fine, 1 degraded, 2 down.
      """)

  @Option(
    help: ArgumentHelp(
      "Masters as host:port, when no filer tells. Default: $SWFS_MASTERS.", valueName: "list"))
  var master: String?

  @Option(help: ArgumentHelp("S3 gateways. Default: $SWFS_S3.", valueName: "list"))
  var s3: String?

  @Option(
    help: ArgumentHelp(
      "Patroni REST APIs, such as db1:8008. Default: $SWFS_PATRONI.", valueName: "list"))
  var patroni: String?

  @Option(
    help: ArgumentHelp(
      "etcd client addresses, such as db1:2379. Default: $SWFS_ETCD.", valueName: "list"))
  var etcd: String?

  @Option(
    help: ArgumentHelp(
      "PgBouncers as host:port, asked with the connection string's login. Default: $SWFS_PGBOUNCER.",
      valueName: "list"))
  var pgbouncer: String?

  @Flag(help: "The report as one JSON object.")
  var json = false

  @OptionGroup var cluster: ClusterOptions

  func run() throws {
    let report = try report()
    let output = ByteSink.standardOutput()
    if json {
      try output.line(report.json)
    } else {
      for line in report.lines { try output.line(line) }
    }
    try output.flush()
    if report.state != .fine { throw report.exitStatus }
  }

  func report() throws(FSError) -> StatusReport {
    let filers = try cluster.filers()
    let web = WebClient(filers.security)
    let answers = FilerProbe.ask(filers)
    let masters = masterAddresses(answers)
    var groups = [MasterProbe.group(masters, web)]
    groups.append(VolumeProbe.group(MasterProbe.leader(masters, web), web))
    groups.append(FilerProbe.group(answers))
    let settings = try cluster.optionalPostgresSettings()
    if let settings { groups.append(PostgresProbe.group(settings)) }
    func list(_ option: String?, _ variable: String) -> [String] {
      AddressList.parse(option ?? Environment[variable])
    }
    let patroni = list(patroni, "SWFS_PATRONI")
    if !patroni.isEmpty { groups.append(StackProbes.patroni(patroni, web)) }
    let etcd = list(etcd, "SWFS_ETCD")
    if !etcd.isEmpty { groups.append(StackProbes.etcd(etcd, web)) }
    let poolers = list(pgbouncer, "SWFS_PGBOUNCER")
    if !poolers.isEmpty {
      guard let settings else {
        throw FSError(.invalidArgument, "--pgbouncer needs --postgres for the login")
      }
      groups.append(PoolerProbe.group(poolers, settings))
    }
    let s3 = list(s3, "SWFS_S3")
    if !s3.isEmpty { groups.append(StackProbes.s3(s3, web)) }
    let mounts = try LocalMount.all()
    if !mounts.isEmpty { groups.append(MountProbe.group(mounts)) }
    return StatusReport(groups: groups)
  }

  private func masterAddresses(
    _ answers: [FilerProbe.Outcome]
  ) -> [String] {
    if let master { return AddressList.parse(master) }
    for answer in answers {
      guard case .success(let answer) = answer.result else { continue }
      return answer.configuration.masters.map(MasterAddress.http).sorted()
    }
    return AddressList.parse(Environment["SWFS_MASTERS"])
  }
}
