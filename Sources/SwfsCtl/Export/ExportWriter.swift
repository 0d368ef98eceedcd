import SwfsCore

/// Writes records in one of the formats.
struct ExportWriter {
  private let file: ExportFile
  private let format: ExportCommand.Format
  private let columns: [Column]?
  private let includesChunks: Bool
  private var json = JSONText()
  private(set) var count = 0
  private var last: [UInt8] = []

  init(
    _ file: ExportFile, format: ExportCommand.Format, columns: [Column]?, includesChunks: Bool
  ) {
    self.file = file
    self.format = format
    self.columns = columns
    self.includesChunks = includesChunks
  }

  /// What precedes the records.
  mutating func begin() throws(FSError) {
    guard format == .csv else { return }
    try file.write(Array(CSV.line((columns ?? Column.standard).map(\.rawValue)).utf8))
  }

  mutating func write(_ record: EntryRecord) throws(FSError) {
    count += 1
    switch format {
    case .meta:
      last = MetaSave.bytes(record)
      try file.write(last)
    case .csv:
      let attributes = try record.entry.fileAttributes()
      let values = (columns ?? Column.standard).map { column -> String in
        switch column.value(record.path, record.entry, attributes) {
        case .text(let text): text
        case .number(let number): String(number)
        }
      }
      try file.write(Array(CSV.line(values).utf8))
    case .ndjson:
      let attributes = try record.entry.fileAttributes()
      json.clear()
      json.object { json in
        guard let columns else { return record.write(to: &json, size: attributes.size) }
        for column in columns {
          switch column.value(record.path, record.entry, attributes) {
          case .text(let text): json.field(column.rawValue, text)
          case .number(let number): json.field(column.rawValue, number)
          }
        }
      }
      try file.write(json.bytes + [UInt8(ascii: "\n")])
    }
  }

  /// What follows the records. `fs.meta.load` of weed 4.48 never creates the last file of what it loads,
  /// its own saves included; a repetition of the last record is what it may lose.
  mutating func end() throws(FSError) {
    if format == .meta { try file.write(last) }
  }

  /// The filers' own change log, which `fs.meta.save` leaves out too.
  static func isFilerLog(_ directory: EntryPath) -> Bool {
    directory.relative(to: "/topics/.system/log") != nil
  }
}
