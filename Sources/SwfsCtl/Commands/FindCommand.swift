import ArgumentParser
import SwfsCore
import SwfsPostgres

/// `swfs-ctl find`.
struct FindCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Find entries below a directory by name, type, size, age and owner.",
    discussion: """
      Reads the database, not the tree: a million entries take seconds, in constant memory and in \
      no particular order (--sort puts them in order). Entries of directories that are gone \
      are found too. --print0 suits xargs -0.
      """)

  @Argument(help: "Where to begin.")
  var path: EntryPath = .root

  @OptionGroup var filter: FilterOptions

  @Flag(help: "In byte order of directories and names.")
  var sort = false

  @Flag(name: .shortAndLong, help: "Mode, links, owner, size and time, as ls -l.")
  var long = false

  @Flag(help: "Paths as they are, each followed by a zero byte.")
  var print0 = false

  @Flag(help: "One JSON object for each entry, one a line.")
  var json = false

  @Flag(help: "Only the number of entries and the sum of their sizes.")
  var count = false

  @OptionGroup var cluster: ClusterOptions

  mutating func validate() throws {
    guard [long, print0, json && !count, count].filter({ $0 }).count <= 1 else {
      throw ValidationError("--long, --print0, --json and --count do not go together")
    }
  }

  func run() throws {
    let context = OperationContext(deadline: .never)
    let now = Timestamp.now
    let filter = try filter.filter(now: now)
    let snapshot = try NamespaceSnapshot(try cluster.postgresSettings())
    if !path.isRoot { _ = try snapshot.entry(at: path, context) }
    let output = ByteSink.standardOutput()
    var printer = EntryPrinter(output, style: json ? .json : long ? .long : .names)
    var damaged = DamagedRows()
    var found = 0
    var bytes: UInt64 = 0
    try snapshot.subtree(of: path, order: sort ? .byPath : .any, context) {
      (row) throws(FSError) in
      if filter.refuses(row.name) { return }
      let listed: ListedAttributes
      do throws(FSError) { listed = try row.attributes() } catch {
        damaged.add(error)
        return
      }
      if listed.hasExpired(nowSeconds: now.seconds) || !filter.accepts(listed.attributes) { return }
      found += 1
      bytes &+= listed.attributes.size
      if count { return }
      let path = row.path
      if print0 {
        try output.write(path.string.utf8)
        try output.write(CollectionOfOne(0))
      } else {
        try printer.show(path, path.string, listed.attributes)
      }
    }
    if count { try total(found, bytes, output) }
    try output.flush()
    try damaged.finish()
  }

  private func total(_ found: Int, _ bytes: UInt64, _ output: ByteSink) throws(FSError) {
    guard json else {
      return try output.line("\(found) entries, \(bytes) bytes (\(Units.text(bytes: bytes)))")
    }
    var text = JSONText()
    text.object {
      $0.field("entries", found)
      $0.field("bytes", bytes)
    }
    try output.line(text)
  }
}
