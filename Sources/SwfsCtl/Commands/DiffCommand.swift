import ArgumentParser
import SwfsCore
import SwfsPostgres

/// `swfs-ctl diff`.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two exports, or an export with the live namespace.",
    discussion: """
      Each side is a file of 'export --format ndjson' or of fs.meta.save, or the word live. Lines \
      begin with - (only on the left), + (only on the right) or ! (changed, with what: type, \
      content, mode, owner, mtime, attributes). Content is compared by chunks: a file that was \
      written again counts as changed even if its bytes are the same. Needs about 100 bytes of \
      memory for each entry of the left side. Exit codes: 0 the same, 1 different.
      """)

  @Argument(help: "File, or live.")
  var left: String

  @Argument(help: "File, or live.")
  var right: String

  @Option(help: "Compare only this path and what is below it.")
  var path: EntryPath = .root

  @Option(
    help: ArgumentHelp(
      "Do not compare: content, mode, owner, mtime, attributes.", valueName: "list"))
  var ignore: String?

  @Flag(help: "One JSON object for each difference, one a line.")
  var json = false

  @OptionGroup var cluster: ClusterOptions

  mutating func validate() throws {
    _ = try ignored()
    if left == "-" { throw ValidationError("the left side is read twice: it cannot be a pipe") }
  }

  private func ignored() throws -> TreeDifference.Change {
    var result: TreeDifference.Change = []
    for word in AddressList.parse(ignore) {
      switch word {
      case "content": result.insert(.content)
      case "mode": result.insert(.mode)
      case "owner": result.insert(.owner)
      case "mtime": result.insert(.mtime)
      case "attributes": result.insert(.attributes)
      default: throw ValidationError("--ignore: '\(word)' is no part of an entry")
      }
    }
    return result
  }

  func run() throws {
    var snapshot: NamespaceSnapshot?
    func source(_ text: String) throws(FSError) -> TreeSource {
      guard text == "live" else { return .file(text) }
      if let snapshot { return .live(snapshot) }
      let live = try NamespaceSnapshot(try cluster.postgresSettings())
      snapshot = live
      return .live(live)
    }
    let (a, b) = (try source(left), try source(right))
    let output = ByteSink.standardOutput()
    var difference = TreeDifference(ignoring: try ignored())
    var found = 0
    func show(_ mark: String, _ path: EntryPath, _ changes: [String] = []) throws(FSError) {
      found += 1
      if json {
        let words = ["-": "removed", "+": "added", "!": "changed"]
        var text = JSONText()
        text.object {
          $0.field("difference", words[mark] ?? mark)
          $0.field("path", path.string)
          if !changes.isEmpty { $0.field("changes", changes) }
        }
        return try output.line(text)
      }
      let detail = changes.isEmpty ? "" : "  (" + changes.joined(separator: ", ") + ")"
      try output.line("\(mark) \(ListingLine.printable(path.string))\(detail)")
    }
    try a.each(below: path) { (record) throws(FSError) in
      try difference.addLeft(record.path, record.entry)
    }
    try b.each(below: path) { (record) throws(FSError) in
      switch try difference.compareRight(record.path, record.entry) {
      case .added: try show("+", record.path)
      case .changed(let change): try show("!", record.path, change.words)
      case nil: break
      }
    }
    // Only hashes of paths were kept: their names come from a second look.
    if difference.remaining > 0 {
      try a.each(below: path) { (record) throws(FSError) in
        if difference.isRemaining(record.path) { try show("-", record.path) }
      }
    }
    try output.flush()
    if found > 0 { throw ExitStatus.findings }
  }
}
