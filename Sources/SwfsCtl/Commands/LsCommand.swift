import ArgumentParser
import SwfsCore
import SwfsPostgres

/// `swfs-ctl ls`.
struct LsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls",
    abstract: "List a directory, read from the database.",
    discussion: """
      Names come in byte order. A million entries take seconds, in constant memory. \
      Exit code 3 when the path is not there.
      """)

  @Argument(help: "Directory or file of the namespace.")
  var path: EntryPath = .root

  @Flag(name: .shortAndLong, help: "Mode, links, owner, size and time, as ls -l.")
  var long = false

  @Flag(name: .shortAndLong, help: "The entry itself, not what is in it.")
  var directory = false

  @Flag(help: "One JSON object for each entry, one a line.")
  var json = false

  @OptionGroup var cluster: ClusterOptions

  func run() throws {
    let context = OperationContext(deadline: .never)
    let snapshot = try NamespaceSnapshot(try cluster.postgresSettings())
    let output = ByteSink.standardOutput()
    let now = Timestamp.now.seconds
    var printer = EntryPrinter(output, style: json ? .json : long ? .long : .names)
    let entry = try snapshot.entry(at: path, context)
    if entry.hasExpired(nowSeconds: now) { throw FSError(.notFound, "\(path) has expired") }
    if directory || entry.attributes.mode.kind != .directory {
      try printer.show(path, path.isRoot ? "/" : path.name.string, try entry.fileAttributes())
      return try output.flush()
    }
    var damaged = DamagedRows()
    try snapshot.children(of: path, context) { (row) throws(FSError) in
      let listed: ListedAttributes
      do throws(FSError) { listed = try row.attributes() } catch {
        damaged.add(error)
        return
      }
      if listed.hasExpired(nowSeconds: now) { return }
      try printer.show(row.path, row.name.string, listed.attributes)
    }
    try output.flush()
    try damaged.finish()
  }
}
