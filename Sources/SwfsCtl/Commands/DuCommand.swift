import ArgumentParser
import SwfsCore
import SwfsPostgres

/// `swfs-ctl du`.
struct DuCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "du",
    abstract: "Sum up sizes and numbers of entries by directory.",
    discussion: """
      Sizes are what stat shows: holes count, replicas do not. A file with several names counts \
      once. Reads the database in one go.
      """)

  @Argument(help: "Where to begin.")
  var path: EntryPath = .root

  @Option(name: .shortAndLong, help: "Levels of directories to show.")
  var depth = 1

  @Flag(help: "Largest first.")
  var bySize = false

  @Flag(name: [.customShort("b"), .long], help: "Plain numbers of bytes.")
  var bytes = false

  @Flag(help: "One JSON object for each directory, one a line.")
  var json = false

  @OptionGroup var cluster: ClusterOptions

  mutating func validate() throws {
    guard (0...64).contains(depth) else { throw ValidationError("--depth goes from 0 to 64") }
  }

  func run() throws {
    let context = OperationContext(deadline: .never)
    let now = Timestamp.now.seconds
    let snapshot = try NamespaceSnapshot(try cluster.postgresSettings())
    var table = UsageTable(root: path, depth: depth)
    var damaged = DamagedRows()
    let entry = try snapshot.entry(at: path, context)
    if entry.attributes.mode.kind != .directory {
      table.add(path.parent, path.name, try entry.fileAttributes())
    }
    try snapshot.subtree(of: path, order: .any, context) { (row) throws(FSError) in
      let listed: ListedAttributes
      do throws(FSError) { listed = try row.attributes() } catch {
        damaged.add(error)
        return
      }
      if listed.hasExpired(nowSeconds: now) { return }
      table.add(row.directory, row.name, listed.attributes)
    }
    var totals = table.totals()
    if bySize { totals.sort { $0.usage.bytes > $1.usage.bytes } }
    let output = ByteSink.standardOutput()
    for (path, usage) in totals { try show(path, usage, output) }
    try output.flush()
    try damaged.finish()
  }

  private func show(
    _ path: EntryPath, _ usage: UsageTable.Usage, _ output: ByteSink
  ) throws(FSError) {
    if json {
      var text = JSONText()
      text.object {
        $0.field("path", path.string)
        $0.field("bytes", usage.bytes)
        $0.field("files", usage.files)
        $0.field("directories", usage.directories)
        $0.field("others", usage.others)
      }
      return try output.line(text)
    }
    let size = bytes ? String(usage.bytes) : Units.text(bytes: usage.bytes)
    let entries = usage.files + usage.directories + usage.others
    try output.line(
      "\(Units.right(size, 14)) \(Units.right(String(entries), 10)) entries  "
        + ListingLine.printable(path.string))
  }
}
