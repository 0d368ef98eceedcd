import ArgumentParser
import Glibc
import SwfsBackup
import SwfsCluster
import SwfsCore

struct BackupRestore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Write a snapshot, or a part of it, to a directory or a cluster.",
    discussion: """
      Full paths of the snapshot appear below the target. What is there already with the same \
      kind, size and time is skipped, so a restore that was broken off is simply repeated; what is \
      there and different stays unless --overwrite is given.
      """)

  @Argument(help: "The snapshot: first digits of its id, or 'latest'.")
  var snapshot: String

  @Argument(help: "Paths with everything below them, or globs ('**' crosses slashes).")
  var paths: [String] = []

  @Option(help: ArgumentHelp("Restore into this local directory.", valueName: "dir"))
  var to: String?

  @Option(
    help: ArgumentHelp(
      "Restore into the cluster, below this directory ('/' for the old places).", valueName: "path")
  )
  var toCluster: EntryPath?

  @Option(help: ArgumentHelp("Leave these paths or globs out.", valueName: "path"))
  var exclude: [String] = []

  @Flag(help: "Replace files that are there and different.")
  var overwrite = false

  @Flag(help: "Only say what would be done.")
  var dryRun = false

  @Option(help: "Files written at the same time.")
  var threads = 4

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var cluster: ClusterOptions

  @Flag(help: "The result as a JSON object.")
  var json = false

  mutating func validate() throws {
    guard (to == nil) != (toCluster == nil) else {
      throw ValidationError("give either --to or --to-cluster")
    }
    guard (1...64).contains(threads) else { throw ValidationError("--threads goes from 1 to 64") }
  }

  func run() throws {
    try BackupExit.running {
      let context = Interruption.context()
      let opened = try repository.open()
      let stored = try opened.snapshot(named: snapshot)
      var options = RestoreOptions(
        selection: try PathSelection(includes: paths, excludes: exclude))
      options.base = toCluster ?? .root
      options.overwrites = overwrite
      options.isDryRun = dryRun
      options.threads = threads
      let run = try RestoreRun(stored, in: opened, to: try target(context), options)
      let end = Monitor(false)
      showProgress(of: run, until: end)
      defer { end.update { $0 = true } }
      let result = try run.run(context)
      end.update { $0 = true }
      return try report(result, stored)
    }
  }

  private func target(_ context: OperationContext) throws(FSError) -> any RestoreTarget {
    guard let to else {
      let filers = try cluster.filers()
      let configuration = try filers.store.configuration(context.attempt(seconds: 30))
      var options = VolumeChunkStoreOptions()
      options.encrypts = configuration.encryptsVolumeData
      let chunks = VolumeChunkStore(
        ids: FilerFileIDs(filers.calls), locator: filers.volumes, security: filers.security,
        options: options)
      return ClusterTarget(filers.store, chunks)
    }
    if !dryRun, mkdir(to, 0o755) != 0, errno != EEXIST {
      throw FSError(.remote, "cannot make \(to): \(String(cString: strerror(errno)))")
    }
    return LocalTarget(to)
  }

  /// A thread of its own, since the restore reports to nobody.
  private func showProgress(of run: RestoreRun, until end: Monitor<Bool>) {
    guard Terminal.errorsAreSeen else { return }
    startThread("progress") {
      var line = ProgressLine()
      while end.wait(until: Deadline(secondsFromNow: 0.3), for: { $0 ? () : nil }) == nil {
        let result = run.progress
        line.show("\(result.files) files, \(Units.text(bytes: result.bytes)) restored")
      }
      line.end()
    }
  }

  private func report(
    _ result: RestoreResult, _ stored: StoredSnapshot
  ) throws(FSError) -> BackupExit {
    let output = ByteSink.standardOutput()
    if json {
      try output.jsonLine { text in
        text.object {
          $0.field("snapshot", stored.id.hex)
          $0.field("dry_run", dryRun)
          $0.field("directories", result.directories)
          $0.field("files", result.files)
          $0.field("symlinks", result.symlinks)
          $0.field("others", result.others)
          $0.field("bytes", result.bytes)
          $0.field("same", result.same)
          $0.field("expired", result.expired)
          $0.field("kept", result.kept)
          $0.key("failures")
          $0.array { list in
            for failure in result.failures {
              list.object {
                $0.field("path", failure.path)
                $0.field("reason", failure.reason)
              }
            }
          }
        }
      }
    } else {
      try output.line(
        (dryRun ? "would restore " : "restored ")
          + "\(result.files) files (\(Units.text(bytes: result.bytes))), \(result.directories)"
          + " directories, \(result.symlinks) symlinks, \(result.others) others;"
          + " \(result.same) were there already")
      if result.expired > 0 { try output.line("\(result.expired) have expired (TTL)") }
    }
    try output.flush()
    for path in result.kept.prefix(20) {
      Terminal.warn("\(path) is there and different; --overwrite replaces it")
    }
    if result.kept.count > 20 { Terminal.warn("… and \(result.kept.count - 20) more") }
    for failure in result.failures.prefix(100) {
      Terminal.warn("\(failure.path): \(failure.reason)")
    }
    if result.failures.count > 100 { Terminal.warn("… and \(result.failures.count - 100) more") }
    return result.isComplete ? .success : .findings
  }
}
