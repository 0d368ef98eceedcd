import ArgumentParser
import SwfsBackup
import SwfsCore

struct BackupCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Look for damage in a repository.",
    discussion: """
      Without options every index and snapshot is decrypted, and everything that snapshots reach \
      is looked for. Only --read-data reads the packs themselves.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var cluster: ClusterOptions

  @Option(
    defaultAsFlag: Share.all,
    help: ArgumentHelp(
      "Read the packs, all or a share of them taken by chance (5%), and compare every byte.",
      valueName: "share"))
  var readData: Share?

  @Option(
    help: ArgumentHelp(
      "Compare that many files of the latest snapshot, taken by chance, with the cluster.",
      valueName: "files"))
  var sample = 0

  @Flag(help: "The result as a JSON object.")
  var json = false

  func run() throws {
    try BackupExit.running {
      let context = Interruption.context()
      let opened = try repository.open(loadsIndex: false)
      var options = CheckOptions()
      options.readDataShare = readData?.value ?? 0
      let result = try RepositoryCheck(opened, options).run(context)
      var compared = SampleResult()
      if sample > 0, result.snapshots > 0 {
        let filers = try cluster.filers()
        let latest = try opened.snapshot(named: "latest")
        guard try filers.clusterIdentity(context) == latest.snapshot.cluster else {
          throw FSError(.invalidArgument, "--sample: the latest snapshot is of another cluster")
        }
        var random = SystemRandomNumberGenerator()
        compared = try SampleCompare(
          latest, in: opened, with: VolumeNeedles(store: filers.chunkStore())
        ).run(sample, context, using: &random)
      }
      return try report(result, compared)
    }
  }

  private func report(
    _ result: CheckResult, _ compared: SampleResult
  ) throws(FSError) -> BackupExit {
    let problems = result.problems + compared.problems
    let output = ByteSink.standardOutput()
    if json {
      try output.jsonLine { text in
        text.object {
          $0.field("sound", problems.isEmpty)
          $0.field("problems", problems)
          $0.field("notes", result.notes)
          $0.field("snapshots", result.snapshots)
          $0.field("indexes", result.indexes)
          $0.field("packs", result.packs)
          $0.field("packs_read", result.packsRead)
          $0.field("needles", result.needles)
          $0.field("bytes", result.bytes)
          $0.field("files_compared", compared.files)
          $0.field("needles_compared", compared.needles - compared.gone)
          $0.field("bytes_compared", compared.bytes)
        }
      }
    } else {
      for problem in problems { try output.line("DAMAGE: " + problem) }
      for note in result.notes { try output.line("note: " + note) }
      try output.line(
        "\(result.snapshots) snapshots, \(result.needles) needles, \(result.packs) packs"
          + " (\(Units.text(bytes: result.bytes))), \(result.packsRead) of them read")
      if compared.files > 0 {
        try output.line(
          "\(compared.files) files compared with the cluster, \(Units.text(bytes: compared.bytes));"
            + " \(compared.gone) needles are there no more")
      }
      try output.line(problems.isEmpty ? "no damage found" : "\(problems.count) problems")
    }
    try output.flush()
    return problems.isEmpty ? .success : .findings
  }
}

/// `5%`, `100%`.
struct Share: ExpressibleByArgument, CustomStringConvertible {
  let value: Double

  static let all = Share(value: 1)

  private init(value: Double) { self.value = value }

  var description: String { "\(Int((value * 100).rounded()))%" }

  init?(argument: String) {
    let text = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
    guard let percent = Double(text), percent > 0, percent <= 100 else { return nil }
    value = percent / 100
  }
}
