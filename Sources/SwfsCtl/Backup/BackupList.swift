import ArgumentParser
import SwfsBackup
import SwfsCore

struct BackupList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List snapshots, oldest first.")

  @OptionGroup var repository: RepositoryOptions

  @Flag(help: "One JSON object for each snapshot, one a line.")
  var json = false

  func run() throws {
    try BackupExit.running {
      let all = try repository.open(loadsIndex: false).snapshots()
      let output = ByteSink.standardOutput()
      for stored in all {
        let snapshot = stored.snapshot
        if json {
          try output.jsonLine { $0.snapshot(stored) }
          continue
        }
        var line = "\(stored.id.short)  \(BackupText.time(nanoseconds: snapshot.timeNanoseconds))"
        line += "  " + BackupText.padded(String(snapshot.counts.files), 9, right: true) + " files"
        line +=
          "  " + BackupText.padded(Units.text(bytes: snapshot.counts.logicalBytes), 10, right: true)
        line +=
          "  +" + BackupText.padded(Units.text(bytes: snapshot.counts.addedBytes), 10)
        line += " \(snapshot.host) \(snapshot.tags.joined(separator: ","))"
        if !snapshot.isWhole { line += " (\(snapshot.missing.count) needles missing)" }
        try output.line(line)
      }
      if all.isEmpty && !json { try output.line("no snapshots yet") }
      try output.flush()
      return .success
    }
  }
}
