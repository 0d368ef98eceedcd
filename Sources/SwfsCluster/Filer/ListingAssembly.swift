import SwfsCore
import SwfsObserve
import SwfsProto
import SwiftProtobuf

/// Makes a page out of the messages of a `ListEntries` stream. A value without I/O.
///
/// Names are made to ascend strictly: a filer that meets expired rows may start its listing over and
/// deliver names twice. Rows that cannot be decoded stay in the page under their name, so that they do
/// not hide their neighbours.
struct ListingAssembly {
  private let directory: EntryPath
  private let limit: Int
  private let nowSeconds: Int64
  private var rows: [ListingRow] = []
  private var lastName: EntryName?
  private var received = 0
  private var repeated = 0
  private var reported = 0

  init(_ directory: EntryPath, after: EntryName?, limit: Int, nowSeconds: Int64) {
    self.directory = directory
    self.limit = limit
    self.nowSeconds = nowSeconds
    lastName = after
  }

  mutating func add(_ message: [UInt8]) {
    let decoded: FilerPb_ListEntriesResponse
    do { decoded = try FilerPb_ListEntriesResponse(serializedBytes: message) } catch {
      return addCorrupt(message, "the entry does not decode: \(error)")
    }
    guard decoded.hasEntry else { return }
    received += 1
    let name: EntryName
    do { name = try EntryName(checking: decoded.entry.name) } catch {
      // Nothing a kernel could be told: `/` or an empty name came from a writer without checks.
      report(decoded.entry.name, error.message)
      return
    }
    guard advance(to: name) else { return }
    let entry = Entry(decoded.entry)
    if entry.hasExpired(nowSeconds: nowSeconds) { return }
    do {
      rows.append(ListingRow(name: name, content: .attributes(try entry.fileAttributes())))
    } catch {
      report(name.string, error.message)
      rows.append(ListingRow(name: name, content: .corrupt(reason: error.message)))
    }
  }

  /// The page, when the stream has ended well.
  var page: ListingPage {
    // Repeated names take the place of others within the limit, so only a page without them that
    // is short proves that nothing follows; one with nothing new ends the listing too.
    let isShort = received < limit && repeated == 0
    let isBarren = received == repeated
    return ListingPage(rows: rows, lastName: lastName, isLast: isShort || isBarren)
  }

  private mutating func addCorrupt(_ message: [UInt8], _ reason: String) {
    received += 1
    guard let text = WireScan.listedName(message), let name = try? EntryName(checking: text) else {
      return report("?", reason)
    }
    guard advance(to: name) else { return }
    report(text, reason)
    rows.append(ListingRow(name: name, content: .corrupt(reason: reason)))
  }

  private mutating func advance(to name: EntryName) -> Bool {
    if let lastName, name <= lastName {
      repeated += 1
      return false
    }
    lastName = name
    return true
  }

  /// Lines for one page; the metric counts them all.
  static let reportsMax = 5

  private mutating func report(_ name: String, _ reason: String) {
    Metrics.corruptRows.add()
    reported += 1
    guard reported <= Self.reportsMax else { return }
    Log.error("corrupt entry '\(name)' in \(directory): \(reason)")
  }
}
