import ArgumentParser
import SwfsBackup
import SwfsCluster
import SwfsCore
import SwfsTransport

struct BackupRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Make a snapshot of the whole namespace with its bytes.",
    discussion: """
      Reads the database in one transaction and then every needle that the repository does not \
      have yet. The masters' vacuum is off meanwhile and on again afterwards; what a killed run \
      leaves off, the next one switches on first.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var lock: LockOptions
  @OptionGroup var cluster: ClusterOptions

  @Option(help: ArgumentHelp("A word to find the snapshot by; may be repeated.", valueName: "word"))
  var tag: [String] = []

  @Option(help: "Needles read at the same time.")
  var threads = 8

  @Option(
    help: ArgumentHelp(
      "Bytes per second read from volume servers at most, such as 20M.", valueName: "rate"))
  var limitRate: ByteCount?

  @Option(
    name: .customLong("exclude"),
    help: ArgumentHelp(
      "Leave out what is below this directory; may be repeated.", valueName: "path"))
  var excludes: [EntryPath] = []

  @Flag(
    name: .customLong("no-vacuum-control"),
    help: """
      Leave the masters' vacuum alone. Files that are deleted or overwritten during the run may \
      then be missing.
      """)
  var leavesVacuum = false

  @Flag(help: "The result as a JSON object.")
  var json = false

  mutating func validate() throws {
    guard (1...128).contains(threads) else { throw ValidationError("--threads goes from 1 to 128") }
  }

  func run() throws {
    try BackupExit.running {
      let context = Interruption.context()
      let settings = try cluster.postgresSettings()
      let filers = try cluster.filers()
      let opened = try repository.open()
      let held = try lock.acquire(opened, "backup run")
      defer { held.release() }
      var options = BackupOptions(cluster: try filers.clusterIdentity(context))
      options.filers = filers.addresses.map(\.description)
      options.threads = threads
      options.bytesPerSecondMax = limitRate?.bytes ?? 0
      options.tags = tag
      options.leftOut += excludes.map(\.string)
      let progress = Monitor(ProgressLine())
      let run = BackupRun(
        opened, names: TableNames(settings: settings),
        needles: VolumeNeedles(store: filers.chunkStore()),
        vacuum: leavesVacuum
          ? nil : ClusterVacuum(masters: MasterVacuum(filers.calls, tls: filers.tls)), options
      ) { state in
        progress.withLock { $0.show(Self.line(state)) }
      }
      let result = try run.run(lock: held, context)
      progress.withLock { $0.end() }
      return try report(result)
    }
  }

  private static func line(_ progress: BackupProgress) -> String {
    var text = "\(progress.phase.rawValue): \(progress.rows) rows"
    if progress.blocks > 0 { text += ", block \(progress.blocksDone) of \(progress.blocks)" }
    return text + ", \(progress.needles) needles, \(Units.text(bytes: progress.needleBytes)) read"
  }

  private func report(_ result: BackupResult) throws(FSError) -> BackupExit {
    let snapshot = result.stored.snapshot
    let output = ByteSink.standardOutput()
    if json {
      try output.jsonLine { text in
        text.object {
          $0.key("snapshot")
          $0.snapshot(result.stored)
          $0.field("needle_bytes", result.needleBytes)
          $0.field("new_blocks", result.newBlocks)
          $0.field("adopted_packs", result.adoptedPacks)
          $0.field("repaired_vacuum", result.repairedVacuum)
          $0.field("vacuum_trouble", ifAny: result.vacuumTrouble)
        }
      }
    } else {
      if result.adoptedPacks > 0 {
        try output.line("\(result.adoptedPacks) packs of a run that was broken off are used again")
      }
      if result.repairedVacuum {
        try output.line("vacuum had been left off by a run that was broken off; it is on again")
      }
      try output.line(
        "snapshot \(result.stored.id.short): \(snapshot.counts.files) files,"
          + " \(snapshot.counts.directories) directories,"
          + " \(Units.text(bytes: snapshot.counts.logicalBytes))")
      try output.line(
        "read \(snapshot.counts.addedNeedles) needles, \(Units.text(bytes: result.needleBytes));"
          + " stored \(Units.text(bytes: snapshot.counts.addedBytes))"
          + " in \(snapshot.counts.durationMilliseconds) ms")
    }
    try output.flush()
    for needle in snapshot.missing.prefix(20) {
      Terminal.warn("missing: \(needle.path), needle \(needle.needle): \(needle.reason)")
    }
    if snapshot.missing.count > 20 {
      Terminal.warn("… and \(snapshot.missing.count - 20) more, see backup show")
    }
    if let trouble = result.vacuumTrouble { Terminal.warn(trouble) }
    return snapshot.isWhole && result.vacuumTrouble == nil ? .success : .findings
  }
}

/// `20M`, `1.5G`, `4096`: powers of 1024.
struct ByteCount: ExpressibleByArgument {
  let bytes: UInt64

  init?(argument: String) {
    guard let count = Units.bytes(argument), count > 0 else { return nil }
    bytes = count
  }
}
