internal import SwfsCore
internal import SwfsObserve

/// Collects the rows of one directory's page as they come off the wire.
struct PageBuilder {
  private let directory: EntryPath
  private let limit: Int
  private let nowSeconds = Timestamp.now.seconds
  private var rows: [Row] = []
  private var seen = 0
  private var last: EntryName?
  private var isAscending = true
  /// Rows that are hard links, by position: their truth is in key-value rows.
  private(set) var links: [(index: Int, id: [UInt8])] = []

  private struct Row {
    var name: EntryName
    var content: Result<ListedAttributes, FSError>
  }

  init(directory: EntryPath, limit: Int) {
    self.directory = directory
    self.limit = limit
    // A first guess: most directories are small, and a limit may be absurd.
    rows.reserveCapacity(min(limit, 128))
  }

  mutating func add(name bytes: UnsafeRawBufferPointer, meta: UnsafeRawBufferPointer) {
    seen += 1
    guard let text = String(validating: bytes, as: UTF8.self) else {
      report("a name that is not UTF-8")
      return
    }
    let name = EntryName(unchecked: text)
    if let last, !(last < name) { isAscending = false }
    last = name
    guard Self.isListable(text) else {
      report("the impossible name \"\(text)\"")
      return
    }
    do throws(FSError) {
      let listed = try EntryDecoder.attributes(of: meta)
      if let id = listed.attributes.hardLinkID {
        links.append((rows.count, id))
      } else if listed.hasExpired(nowSeconds: nowSeconds) {
        return
      }
      rows.append(Row(name: name, content: .success(listed)))
    } catch {
      rows.append(Row(name: name, content: .failure(error)))
    }
  }

  mutating func resolveLinks(_ truth: [[UInt8]: Result<ListedAttributes, FSError>]) {
    for (index, id) in links {
      if let found = truth[id] { rows[index].content = found }
    }
  }

  /// - Throws: `remote` when the database's order is not that of bytes: paging by it would skip names.
  func page() throws(FSError) -> ListingPage {
    guard isAscending else {
      throw FSError(.remote, "Postgres gave the names of \(directory) out of byte order")
    }
    var result: [ListingRow] = []
    result.reserveCapacity(rows.count)
    for row in rows {
      switch row.content {
      case .success(let listed):
        // Again, since a link's own expiry was known only now.
        if listed.hasExpired(nowSeconds: nowSeconds) { continue }
        result.append(ListingRow(name: row.name, content: .attributes(listed.attributes)))
      case .failure(let error):
        report("\(row.name): \(error)")
        result.append(ListingRow(name: row.name, content: .corrupt(reason: error.message)))
      }
    }
    Metrics.rowsFromPostgres.add(result.count)
    return ListingPage(rows: result, lastName: last, isLast: seen < limit)
  }

  /// A name with a slash makes the kernel refuse the whole listing, so it is left out; nobody could
  /// open it anyway.
  private static func isListable(_ name: String) -> Bool {
    !name.utf8.isEmpty && name != "." && name != ".." && !name.utf8.contains(0x2f)
      && !name.utf8.contains(0)
  }

  private func report(_ what: String) {
    Metrics.corruptRows.add()
    Log.error("filemeta row in \(directory): \(what)")
  }
}
