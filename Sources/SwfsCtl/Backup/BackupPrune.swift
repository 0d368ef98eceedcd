import ArgumentParser
import SwfsBackup
import SwfsCore

struct BackupPrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Free the space of what no snapshot reaches.",
    discussion: """
      Nothing is removed from a repository with damage: see check. Restores and checks that run at \
      the same time may fail and have to be repeated.
      """)

  @Flag(help: "Only say what would be done.") var dryRun = false

  @Option(
    help: ArgumentHelp(
      "Rewrite packs of which more than this share is of no use.", valueName: "share"))
  var maxUnused: Share?

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var lock: LockOptions

  @Flag(help: "The result as a JSON object.") var json = false

  func run() throws {
    try BackupExit.running {
      let context = Interruption.context()
      let opened = try repository.open()
      let held = try lock.acquire(opened, "backup prune")
      defer { held.release() }
      let prune = Prune(opened, unusedShareMax: maxUnused?.value ?? 0.1)
      let result = try prune.run(isDryRun: dryRun, lock: held, context)
      try Self.report(result, isDryRun: dryRun, json: json)
      return .success
    }
  }

  static func report(_ result: PruneResult, isDryRun: Bool, json: Bool) throws(FSError) {
    let output = ByteSink.standardOutput()
    if json {
      try output.jsonLine { text in
        text.object {
          $0.field("dry_run", isDryRun)
          $0.field("packs_before", result.packsBefore)
          $0.field("packs_removed", result.packsRemoved)
          $0.field("packs_rewritten", result.packsRewritten)
          $0.field("blobs_removed", result.blobsRemoved)
          $0.field("bytes_before", result.bytesBefore)
          $0.field("bytes_after", result.bytesAfter)
        }
      }
    } else {
      let (removes, rewrites) =
        isDryRun ? ("would remove", "rewrite") : ("removed", "rewrote")
      try output.line(
        "\(removes) \(result.packsRemoved) of \(result.packsBefore) packs, \(rewrites)"
          + " \(result.packsRewritten); from \(Units.text(bytes: result.bytesBefore))"
          + " to about \(Units.text(bytes: result.bytesAfter))")
    }
    try output.flush()
  }
}
