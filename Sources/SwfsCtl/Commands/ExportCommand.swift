import ArgumentParser
import SwfsCore
import SwfsPostgres

/// `swfs-ctl export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract:
      "Write the metadata of a tree into a file: one moment of it, whatever changes meanwhile.",
    discussion: """
      Formats: ndjson (complete, one JSON object for each entry), csv (chosen columns), meta (what \
      weed shell's fs.meta.load reads). Entries come in byte order of directory and name, so a \
      directory precedes what is in it. Needles are not exported: a file can be imported as long \
      as they exist. Files named .gz are compressed. Exports with chunks hold the keys of \
      encrypted chunks.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case ndjson, csv, meta }

  @Argument(help: "Directory or file of the namespace.")
  var path: EntryPath = .root

  @Option(name: .shortAndLong, help: "ndjson, csv or meta.")
  var format: Format = .ndjson

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("File to write; it appears when it is complete.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Columns for csv, fields for ndjson: \(Column.list).", valueName: "list"))
  var columns: String?

  @Flag(help: "Without chunks: smaller, without keys, and not for import.")
  var noChunks = false

  @OptionGroup var filter: FilterOptions

  @Flag(help: "Report about the export as JSON on standard output (needs --output).")
  var json = false

  @OptionGroup var cluster: ClusterOptions

  mutating func validate() throws {
    if format == .meta && (noChunks || columns != nil) {
      throw ValidationError("--format meta is always complete: no --no-chunks, no --columns")
    }
    if json && output == nil { throw ValidationError("--json needs --output") }
    _ = try selectedColumns()
  }

  func selectedColumns() throws -> [Column]? {
    guard let columns else { return nil }
    return try AddressList.parse(columns).map { name in
      guard let column = Column(rawValue: name) else {
        throw ValidationError("--columns: '\(name)' is none of \(Column.list)")
      }
      return column
    }
  }

  func run() throws {
    let context = OperationContext(deadline: .never)
    let now = Timestamp.now
    let filter = try filter.filter(now: now)
    let snapshot = try NamespaceSnapshot(try cluster.postgresSettings())
    let start = try snapshot.entry(at: path, context)
    if start.hasExpired(nowSeconds: now.seconds) {
      throw FSError(.notFound, "\(path) has expired")
    }
    let file = try ExportFile(output)
    var writer = ExportWriter(
      file, format: format, columns: try selectedColumns(), includesChunks: !noChunks)
    try writer.begin()
    var damaged = DamagedRows()
    let estimate = path.isRoot ? snapshot.moment.estimatedRows : nil
    var progress = Progress("entries", total: estimate)
    // The root has no row; everything else begins with the entry asked for.
    if !path.isRoot || format == .meta {
      if !filter.refuses(path.name), filter.accepts(try start.fileAttributes()) {
        try writer.write(EntryRecord(path: path, entry: start, includesChunks: !noChunks))
      }
    }
    try snapshot.subtree(of: path, order: .byPath, context) { (row) throws(FSError) in
      progress.advance()
      if filter.refuses(row.name) { return }
      if format == .meta && ExportWriter.isFilerLog(row.directory) { return }
      let record: EntryRecord
      do throws(FSError) {
        let entry = try row.entry()
        if entry.hasExpired(nowSeconds: now.seconds) { return }
        if !filter.accepts(try entry.fileAttributes()) { return }
        record = EntryRecord(path: row.path, entry: entry, includesChunks: !noChunks)
      } catch {
        damaged.add(error)
        return
      }
      try writer.write(record)
    }
    try writer.end()
    try file.finish()
    progress.finish()
    try report(writer.count, damaged.count, snapshot.moment, file.bytesWritten, progress.seconds)
    try damaged.finish()
  }

  private func report(
    _ count: Int, _ damaged: Int, _ moment: NamespaceSnapshot.Moment, _ bytes: Int,
    _ seconds: Double
  ) throws(FSError) {
    guard json else {
      if Terminal.errorsAreSeen {
        Terminal.warn(
          "\(count) entries as of \(Units.text(moment.time)), \(Units.text(bytes: UInt64(bytes))),"
            + " \(Units.fixed(seconds, 1)) s")
      }
      return
    }
    var text = JSONText()
    text.object { text in
      text.field("entries", count)
      text.field("damaged", damaged)
      text.field("bytes", bytes)
      text.field("time", moment.time.seconds)
      text.field("wal_position", ifAny: moment.walPosition)
      text.field("host", moment.host)
      text.field("seconds", seconds)
    }
    let output = ByteSink.standardOutput()
    try output.line(text)
    try output.flush()
  }
}
