import ArgumentParser
import SwfsBackup
import SwfsCore

struct BackupDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show what changed from one snapshot to another.",
    discussion: """
      '+' added, '-' removed, 'M' other content, 'A' other attributes. Ends with 0 also when there \
      are differences.
      """)

  @Argument(help: "The earlier snapshot.") var from: String
  @Argument(help: "The later snapshot.") var to = "latest"

  @OptionGroup var repository: RepositoryOptions

  @Flag(help: "One JSON object for each change, one a line.")
  var json = false

  func run() throws {
    try BackupExit.running {
      let context = Interruption.context()
      let opened = try repository.open()
      let changes = try SnapshotDiff(opened).changes(
        from: try opened.snapshot(named: from), to: try opened.snapshot(named: to), context)
      let output = ByteSink.standardOutput()
      for change in changes {
        if json {
          try output.jsonLine { text in
            text.object {
              $0.field("change", change.kind.rawValue)
              $0.field("path", change.path)
            }
          }
          continue
        }
        let letter =
          switch change.kind {
          case .added: "+"
          case .removed: "-"
          case .content: "M"
          case .attributes: "A"
          }
        try output.line("\(letter) \(change.path)")
      }
      try output.flush()
      return .success
    }
  }
}
