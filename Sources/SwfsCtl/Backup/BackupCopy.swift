import ArgumentParser
import SwfsBackup
import SwfsCore

struct BackupCopy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "copy", abstract: "Copy snapshots into another repository.",
    discussion: """
      The other repository has its own key and its own password: --target-password-file, \
      $SWFS_BACKUP_TARGET_PASSWORD_FILE or $SWFS_BACKUP_TARGET_PASSWORD.
      """)

  @Argument(help: "Snapshots to copy; default all.") var snapshots: [String] = []

  @Option(help: ArgumentHelp("Directory of the other repository.", valueName: "dir"))
  var target: String

  @Option(help: ArgumentHelp("A file whose first line is its password.", valueName: "file"))
  var targetPasswordFile: String?

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var lock: LockOptions

  @Flag(help: "The result as a JSON object.") var json = false

  func run() throws {
    try BackupExit.running {
      let context = Interruption.context()
      let source = try repository.open()
      let password = try RepositoryOptions.password(
        file: targetPasswordFile, variable: "SWFS_BACKUP_TARGET_PASSWORD")
      let other = try Repository.open(DirectoryStore(target), password: password)
      guard other.id != source.id else {
        throw FSError(.invalidArgument, "a repository cannot be copied into itself")
      }
      let held = try lock.acquire(other, "backup copy")
      defer { held.release() }
      var wanted: [StoredSnapshot] = []
      for text in snapshots { wanted.append(try source.snapshot(named: text)) }
      if snapshots.isEmpty { wanted = try source.snapshots() }
      let result = try SnapshotCopy(from: source, to: other).run(wanted, lock: held, context)
      let output = ByteSink.standardOutput()
      if json {
        try output.jsonLine { text in
          text.object {
            $0.field("copied", result.snapshots)
            $0.field("known", result.known)
            $0.field("added_bytes", result.addedBytes)
          }
        }
      } else {
        try output.line(
          "\(result.snapshots) snapshots copied (\(Units.text(bytes: result.addedBytes))),"
            + " \(result.known) were there already")
      }
      try output.flush()
      return .success
    }
  }
}
