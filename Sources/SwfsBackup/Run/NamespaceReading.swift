import SwfsCore

/// First half of a run: rows into blocks.
struct NamespaceReading {
  private let writer: BlobWriter
  private let leftOut: [EntryPath]
  private let nowSeconds: Int64
  private var builder = BlockBuilder()
  private var classifier = RowClassifier()
  /// The directory of the last row, and whether it is left out.
  private var lastDirectory: (bytes: [UInt8], isLeftOut: Bool)?

  private(set) var blocks: [ContentID] = []
  private(set) var newBlocks = 0
  private(set) var counts = Snapshot.Counts()

  init(_ writer: BlobWriter, leftOut: [EntryPath], nowSeconds: Int64) {
    self.writer = writer
    self.leftOut = leftOut
    self.nowSeconds = nowSeconds
  }

  mutating func add(_ row: NamespaceRow) throws(FSError) {
    if try classifier.isKeyValue(row) {
      counts.keyValueRows += 1
    } else {
      guard !isLeftOut(row.directory), try countEntry(row) else { return }
    }
    counts.rows += 1
    if let block = builder.add(row) { try store(block) }
  }

  mutating func finish() throws(FSError) {
    if !builder.isEmpty { try store(builder.take()) }
  }

  private mutating func store(_ block: [UInt8]) throws(FSError) {
    let added = try writer.add(block, .block)
    blocks.append(added.id)
    if added.isNew { newBlocks += 1 }
  }

  private mutating func isLeftOut(_ directory: [UInt8]) -> Bool {
    if let last = lastDirectory, last.bytes == directory { return last.isLeftOut }
    var answer = false
    if let text = String(validating: directory, as: UTF8.self) {
      let path = EntryPath(unchecked: text)
      answer = leftOut.contains { path.relative(to: $0) != nil }
    }
    lastDirectory = (directory, answer)
    return answer
  }

  /// False for an entry that has expired. A row that does not decode is kept: it is evidence.
  private mutating func countEntry(_ row: NamespaceRow) throws(FSError) -> Bool {
    let listed: ListedAttributes
    do {
      listed = try row.meta.withBytes { (raw) throws(FSError) in
        try EntryDecoder.attributes(of: raw)
      }
    } catch {
      guard error.code == .corrupt else { throw error }
      counts.others += 1
      return true
    }
    guard !listed.hasExpired(nowSeconds: nowSeconds) else { return false }
    switch listed.attributes.kind {
    case .directory: counts.directories += 1
    case .symlink: counts.symlinks += 1
    case .regular:
      counts.files += 1
      counts.logicalBytes &+= listed.attributes.size
    default: counts.others += 1
    }
    return true
  }
}
