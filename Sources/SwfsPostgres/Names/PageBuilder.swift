import Glibc
internal import SwfsCore
internal import SwfsObserve

/// Collects the rows of one directory's page as they come off the wire.
struct PageBuilder {
  private let directory: EntryPath
  private let limit: Int
  private let nowSeconds = Timestamp.now.seconds
  private var rows: [ListingRow] = []
  private var seen = 0
  private var last: EntryName?
  private var isAscending = true
  /// Rows that are hard links, by position: their truth is in key-value rows.
  private(set) var links: [(index: Int, id: [UInt8])] = []
  /// What stands in the links' own rows, for links without a key-value row.
  private var linksAsStored: [ListedAttributes] = []

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
    if let last, !Self.precedes(last, bytes) { isAscending = false }
    last = name
    guard Self.isListable(bytes) else {
      report("the impossible name \"\(text)\"")
      return
    }
    do throws(FSError) {
      let listed = try EntryDecoder.attributes(of: meta)
      if let id = listed.attributes.hardLinkID {
        links.append((rows.count, id))
        linksAsStored.append(listed)
      } else if listed.hasExpired(nowSeconds: nowSeconds) {
        return
      }
      rows.append(ListingRow(name: name, content: .attributes(listed.attributes)))
    } catch {
      rows.append(corrupt(name, error))
    }
  }

  /// Puts the truth in the place of what the links' own rows say.
  mutating func resolveLinks(_ truth: [[UInt8]: Result<ListedAttributes, FSError>]) {
    var expired: Set<Int> = []
    for (link, stored) in zip(links, linksAsStored) {
      switch truth[link.id] ?? .success(stored) {
      case .success(let listed):
        rows[link.index].content = .attributes(listed.attributes)
        if listed.hasExpired(nowSeconds: nowSeconds) { expired.insert(link.index) }
      case .failure(let error):
        rows[link.index] = corrupt(rows[link.index].name, error)
      }
    }
    guard !expired.isEmpty else { return }
    rows = rows.enumerated().filter { !expired.contains($0.offset) }.map(\.element)
  }

  /// - Throws: `remote` when the database's order is not that of bytes: paging by it would skip names.
  func page() throws(FSError) -> ListingPage {
    guard isAscending else {
      throw FSError(.remote, "Postgres gave the names of \(directory) out of byte order")
    }
    Metrics.rowsFromPostgres.add(rows.count)
    return ListingPage(rows: rows, lastName: last, isLast: seen < limit)
  }

  private static func precedes(_ name: EntryName, _ next: UnsafeRawBufferPointer) -> Bool {
    var text = name.string
    return text.withUTF8 { before in
      guard let first = before.baseAddress, let second = next.baseAddress else {
        return before.count < next.count
      }
      let order = memcmp(first, second, min(before.count, next.count))
      return order < 0 || order == 0 && before.count < next.count
    }
  }

  /// A name with a slash makes the kernel refuse the whole listing, so it is left out; nobody could
  /// open it anyway.
  private static func isListable(_ name: UnsafeRawBufferPointer) -> Bool {
    for byte in name where byte == 0x2f || byte == 0 { return false }
    let isDots = name.count <= 2 && name.allSatisfy { $0 == 0x2e }
    return !isDots
  }

  private func corrupt(_ name: EntryName, _ error: FSError) -> ListingRow {
    report("\(name): \(error)")
    return ListingRow(name: name, content: .corrupt(reason: error.message))
  }

  private func report(_ what: String) {
    Metrics.corruptRows.add()
    Log.error("filemeta row in \(directory): \(what)")
  }
}
