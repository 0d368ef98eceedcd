import ArgumentParser
import SwfsBackup
import SwfsCore

struct BackupShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what a snapshot is, and with --entries what is in it.")

  @Argument(help: "The snapshot: first digits of its id, or 'latest'.")
  var snapshot = "latest"

  @Argument(help: "With --entries: paths or globs; default everything.")
  var paths: [String] = []

  @Flag(help: "List the entries, in the order of the table.")
  var entries = false

  @OptionGroup var repository: RepositoryOptions

  @Flag(help: "JSON: one object for the snapshot, or one for each entry.")
  var json = false

  func run() throws {
    try BackupExit.running {
      let opened = try repository.open(loadsIndex: entries)
      let stored = try opened.snapshot(named: snapshot)
      let output = ByteSink.standardOutput()
      if entries {
        try list(stored, opened, output)
      } else if json {
        try output.jsonLine { $0.snapshot(stored) }
      } else {
        try describe(stored, output)
      }
      try output.flush()
      return .success
    }
  }

  private func describe(_ stored: StoredSnapshot, _ output: ByteSink) throws(FSError) {
    let snapshot = stored.snapshot
    let counts = snapshot.counts
    let rows: [(String, String)] = [
      ("snapshot", stored.id.hex),
      ("time", BackupText.time(nanoseconds: snapshot.timeNanoseconds)),
      ("made by", "\(snapshot.program) on \(snapshot.host)"),
      ("cluster", "\(snapshot.cluster) (\(snapshot.filers.joined(separator: ", ")))"),
      ("log position", snapshot.lsn), ("database time", snapshot.databaseTime),
      ("tags", snapshot.tags.joined(separator: ", ")),
      ("left out", snapshot.leftOut.joined(separator: ", ")),
      (
        "entries",
        "\(counts.files) files, \(counts.directories) directories, \(counts.symlinks) symlinks,"
          + " \(counts.others) others; \(counts.keyValueRows) key-value rows"
      ),
      ("size", Units.text(bytes: counts.logicalBytes)),
      (
        "added", "\(Units.text(bytes: counts.addedBytes)), \(counts.addedNeedles) needles"
      ),
      ("duration", "\(counts.durationMilliseconds) ms"),
    ]
    for (name, value) in rows where !value.isEmpty {
      try output.line(BackupText.padded(name, 14) + value)
    }
    for needle in snapshot.missing {
      try output.line("missing       \(needle.path) \(needle.needle): \(needle.reason)")
    }
  }

  private func list(
    _ stored: StoredSnapshot, _ opened: Repository, _ output: ByteSink
  ) throws(FSError) {
    let selection = try PathSelection(includes: paths)
    let tree = try SnapshotTree(stored.snapshot, in: opened)
    try tree.forEachEntry { (item) throws(FSError) in
      guard case .entry(let path, let entry) = item else {
        if case .corrupt(let path, let reason) = item { Terminal.warn("\(path): \(reason)") }
        return
      }
      guard selection.contains(path) else { return }
      let attributes = try entry.fileAttributes()
      let mode = String(attributes.mode.permissions, radix: 8)
      if json {
        return try output.jsonLine { text in
          text.object {
            $0.field("path", path.string)
            $0.field("kind", "\(attributes.kind)")
            $0.field("mode", mode)
            $0.field("uid", attributes.uid)
            $0.field("gid", attributes.gid)
            $0.field("size", attributes.size)
            $0.field("mtime_ns", attributes.mtime.totalNanoseconds)
          }
        }
      }
      try output.line(
        BackupText.padded("\(attributes.kind)", 16) + BackupText.padded(mode, 5)
          + BackupText.padded("\(attributes.uid):\(attributes.gid)", 12)
          + BackupText.padded(String(attributes.size), 14, right: true)
          + "  \(BackupText.time(nanoseconds: attributes.mtime.totalNanoseconds))  \(path)")
    }
  }
}
