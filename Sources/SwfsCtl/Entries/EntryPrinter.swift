import SwfsCore

/// Prints entries as names, as `ls -l` or as JSON lines.
struct EntryPrinter {
  enum Style { case names, long, json }

  private let output: ByteSink
  private let style: Style
  private var lines = ListingLine()
  private var json = JSONText()

  init(_ output: ByteSink, style: Style) {
    self.output = output
    self.style = style
  }

  /// - Parameter name: what people see: the name in `ls`, the path in `find`.
  mutating func show(
    _ path: EntryPath, _ name: String, _ attributes: FileAttributes
  ) throws(FSError) {
    switch style {
    case .names: try output.line(ListingLine.printable(name))
    case .long: try output.line(lines.text(name, attributes))
    case .json:
      json.clear()
      json.object { $0.fields(path, attributes) }
      try output.line(json)
    }
  }
}

extension ByteSink {
  func line(_ json: JSONText) throws(FSError) {
    try write(json.bytes)
    try write(CollectionOfOne(UInt8(ascii: "\n")))
  }
}
