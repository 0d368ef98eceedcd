import ArgumentParser
import SwfsCluster
import SwfsCore
import SwfsPostgres

/// `swfs-ctl import`.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make the entries of an export again, through the filers.",
    discussion: """
      Takes 'export --format ndjson' and files of fs.meta.save. What is there stays as it is; \
      --overwrite replaces what differs, and frees its bytes. An entry is refused when its bytes \
      do not exist any more, or when another file has them by now. Exit codes: 0 everything is \
      as in the export, 1 not everything.
      """)

  @Argument(help: "The export; - for standard input.")
  var file: String

  @Option(help: "Only this path and what is below it.")
  var path: EntryPath = .root

  @Flag(help: "Replace entries that differ.")
  var overwrite = false

  @Flag(name: [.customShort("n"), .long], help: "Say what would be done, and do nothing.")
  var dryRun = false

  @Flag(
    help: "Do not look for files that share bytes with the export (needs no database; dangerous).")
  var unchecked = false

  @Flag(help: "Counts as one JSON object.")
  var json = false

  @OptionGroup var cluster: ClusterOptions

  /// Files written at a time.
  static let batch = 512
  static let threads = 16

  mutating func validate() throws {
    if file == "-" && !unchecked {
      throw ValidationError(
        "the export is read twice to check it: it cannot be a pipe (or --unchecked)")
    }
  }

  func run() throws {
    let filers = try cluster.filers()
    _ = try filers.store.configuration(.background(seconds: 10))
    let snapshot = unchecked ? nil : try NamespaceSnapshot(try cluster.postgresSettings())
    let source = TreeSource.file(file)
    var owners = NeedleOwners()
    var livingLinks: Set<[UInt8]> = []
    if let snapshot { try check(source, snapshot, &owners, &livingLinks) }

    let importer = Importer(
      store: filers.store, chunks: filers.chunkStore(), overwrites: overwrite, isDryRun: dryRun)
    var tally = ImportTally()
    var progress = Progress("entries", total: nil)
    var waiting: [Job] = []
    func finish() {
      let outcomes = Concurrently.map(waiting, limit: Self.threads) { job in
        importer.take(job.record, objection: job.objection)
      }
      for (job, outcome) in zip(waiting, outcomes) {
        progress.advance()
        if let line = tally.add(job.record.path, outcome) { Terminal.warn(line) }
      }
      waiting = []
    }
    try source.each(below: path) { (record) throws(FSError) in
      let link = record.entry.hardLinkID
      var objection = owners.conflict(record).map {
        "its bytes belong to \($0) now: two files with one needle would destroy each other"
      }
      if livingLinks.contains(link) {
        objection = "its file lives on under another name: link it by hand"
      } else if unchecked && !link.isEmpty {
        objection = "files with several names need the check"
      }
      waiting.append(Job(record: record, objection: objection))
      // Whatever comes later may be inside a directory; names of one file must not race.
      let isAlone = record.entry.attributes.mode.kind == .directory || !link.isEmpty
      if isAlone || waiting.count >= Self.batch { finish() }
    }
    finish()
    progress.finish()
    let output = ByteSink.standardOutput()
    if json { try output.line(tally.json) } else { try output.line(tally.line) }
    try output.flush()
    if !tally.isComplete { throw ExitStatus.findings }
  }

  private struct Job: Sendable {
    var record: EntryRecord
    var objection: String?
  }

  /// Finds what must not be imported because of what lives.
  private func check(
    _ source: TreeSource, _ snapshot: NamespaceSnapshot, _ owners: inout NeedleOwners,
    _ livingLinks: inout Set<[UInt8]>
  ) throws(FSError) {
    var links: Set<[UInt8]> = []
    try source.each(below: path) { (record) throws(FSError) in
      owners.want(record)
      if !record.entry.hardLinkID.isEmpty { links.insert(record.entry.hardLinkID) }
    }
    let context = OperationContext(deadline: .never)
    let all = Array(links)
    for start in stride(from: 0, to: all.count, by: 1000) {
      let part = Array(all[start..<min(start + 1000, all.count)])
      livingLinks.formUnion(try snapshot.values(of: part, context).keys)
    }
    try snapshot.all(order: .any, context) { (row) throws(FSError) in
      // A damaged row of somebody else's is no reason not to import.
      guard let entry = try? row.entry() else { return }
      owners.see(row.path, entry)
    }
  }
}
