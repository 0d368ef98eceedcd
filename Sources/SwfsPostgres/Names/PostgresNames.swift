import Glibc
public import SwfsCore
internal import SwfsObserve
import Synchronization

/// The names plane read from the filers' `filemeta` table.
///
/// Gives what a filer would answer: hard links resolved through their key-value rows, expired entries
/// left out, names in byte order whatever the collation, the root made up. Needs `SELECT` on the table
/// and nothing else; it never writes.
///
/// Thread-safe. Errors other than `notFound` and a row's own `corrupt` mean that SQL cannot serve right
/// now: `FailoverNames` then asks the filers.
public final class PostgresNames: NameSource {
  let pool: PostgresPool
  private let root: Entry
  private let checked = Mutex<Checked?>(nil)

  private struct Checked {
    var statements: NameStatements
    var until: Deadline
  }

  /// How long the table's structure is believed. A `postgres2` store makes a table with each bucket, so
  /// it is looked at again and again.
  private static let structureSeconds = 10.0

  /// - Parameter root: what `/` looks like, since it has no row.
  public init(pool: PostgresPool, root: Entry = PostgresNames.syntheticRoot()) {
    self.pool = pool
    self.root = root
  }

  /// A root as filers make it up: mode 0755, owned by the process, as old as the process' start.
  public static func syntheticRoot() -> Entry {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: .directory, permissions: 0o755)
    attributes.uid = getuid()
    attributes.gid = getgid()
    attributes.mtime = Timestamp.now.seconds
    attributes.crtime = attributes.mtime
    return Entry(name: "", isDirectoryFlag: true, attributes: attributes)
  }

  /// Makes sure that the table is there, is readable and is of the kind we know, and reads from it.
  /// For the start and for probing after a failure.
  ///
  /// - Throws: `unavailable` (no connection, wrong password, no table, no right: the message says
  ///   which), `unsupported` (`postgres2` and other foreign tables), `timedOut`, `interrupted`.
  public func check(_ context: OperationContext) throws(FSError) {
    let statements = try examine(context)
    let hash = try DirectoryHash.of(.root)
    _ = try pool.fold(
      statements.page, [.int8(hash), .text(""), .text("/"), .int8(1)], into: 0, context
    ) { count, _ in count += 1 }
  }

  public func lookup(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry {
    if path.isRoot { return root }
    let statements = try statements(context)
    let directory = path.parent
    let hash = try DirectoryHash.of(directory)
    let found = try pool.fold(
      statements.lookup, [.int8(hash), .text(path.name.string), .text(directory.string)],
      into: Result<Entry, FSError>?.none, context
    ) { result, row in
      result = Self.decode { () throws(FSError) in
        try EntryDecoder.entry(of: row.bytes(0), name: path.name)
      }
    }
    Metrics.namesFromPostgres.add()
    guard let found else { throw FSError(.notFound, "no entry \(path)") }
    var entry = try reporting(found, path)
    if !entry.hardLinkID.isEmpty {
      let id = entry.hardLinkID
      let truth = try links([id], statements, context) { (bytes) throws(FSError) in
        try EntryDecoder.entry(of: bytes, name: path.name)
      }
      if let linked = truth[id] { entry = try reporting(linked, path) }
    }
    if entry.hasExpired(nowSeconds: Timestamp.now.seconds) {
      throw FSError(.notFound, "\(path) has expired")
    }
    return entry
  }

  /// The statements for the table as it is, looking at it again when the last look is too old.
  func statements(_ context: OperationContext) throws(FSError) -> NameStatements {
    let known = checked.withLock { $0 }
    if let known, !known.until.hasPassed { return known.statements }
    return try examine(context)
  }

  private func examine(_ context: OperationContext) throws(FSError) -> NameStatements {
    let found = try pool.fold(
      TableStructure.statement, [], into: Result<TableStructure, FSError>?.none, context
    ) { result, row in
      result = Self.decode { () throws(FSError) in try TableStructure(row) }
    }
    guard let found else {
      throw FSError(.unavailable, "Postgres does not tell about its database")
    }
    let statements = NameStatements(try found.get())
    let isFirst = checked.withLock { known in
      defer {
        known = Checked(
          statements: statements, until: Deadline(secondsFromNow: Self.structureSeconds))
      }
      return known == nil
    }
    if isFirst, try !found.get().isByteOrdered {
      Log.warning(
        "the names in filemeta are not in byte order (\(pool.description)): every page of a listing"
          + #" is sorted; the column should have COLLATE "C""#)
    }
    return statements
  }

  /// The authoritative copies behind hard links, in one statement. A link without one counts as it is
  /// in its row.
  func links<R>(
    _ ids: [[UInt8]], _ statements: NameStatements, _ context: OperationContext,
    _ decode: (UnsafeRawBufferPointer) throws(FSError) -> R
  ) throws(FSError) -> [[UInt8]: Result<R, FSError>] {
    let rows = ids.map { KeyValueRow(key: $0) }
    return try pool.fold(
      NameStatements.links,
      [
        .int8Array(rows.map(\.dirhash)), .textArray(rows.map(\.directory)),
        .textArray(rows.map(\.name)),
      ], into: [:], context
    ) { (result: inout [[UInt8]: Result<R, FSError>], row) in
      guard let number = row.int8(0), number >= 1, number <= Int64(ids.count) else { return }
      result[ids[Int(number) - 1]] = Self.decode { () throws(FSError) in
        try decode(row.bytes(1))
      }
    }
  }

  static func decode<R>(_ body: () throws(FSError) -> R) -> Result<R, FSError> {
    do throws(FSError) { return .success(try body()) } catch { return .failure(error) }
  }

  /// A corrupt row's reason goes on record, with its path.
  private func reporting<R>(
    _ result: Result<R, FSError>, _ path: EntryPath
  ) throws(FSError) -> R {
    do throws(FSError) {
      return try result.get()
    } catch {
      let named = FSError(.corrupt, "row of \(path) in filemeta", causedBy: error)
      Metrics.corruptRows.add()
      Log.error(named.description)
      throw named
    }
  }
}
