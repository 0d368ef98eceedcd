import SwfsCore
import Synchronization
import Testing

@testable import SwfsPostgres

/// A database of one test's own, with a `filemeta` table and a connection that may write to it.
final class TestDatabase: Sendable {
  let conninfo: String
  let pool: PostgresPool
  let names: PostgresNames
  private let admin: PostgresPool
  /// Nil for a database that somebody else made.
  private let name: String?

  static let createTable = """
    CREATE TABLE filemeta (dirhash bigint, name varchar(65535) COLLATE "C",
      directory varchar(65535), meta bytea, PRIMARY KEY (dirhash, name))
    """
  private static let counter = Atomic<Int>(0)

  init(on server: TestServer? = nil, table: String = createTable) throws {
    let server = try server ?? TestServer.shared.get()
    let name = "swfs_test_\(Self.counter.wrappingAdd(1, ordering: .relaxed).newValue)"
    self.name = name
    admin = PostgresPool(try PostgresSettings(conninfo: server.conninfo), size: 1)
    conninfo = server.conninfo + " dbname=\(name)"
    pool = PostgresPool(try PostgresSettings(conninfo: conninfo), size: 8)
    names = PostgresNames(pool: pool)
    try Self.run(admin, "DROP DATABASE IF EXISTS \(name)")
    try Self.run(admin, "CREATE DATABASE \(name) TEMPLATE template0")
    if !table.isEmpty { try run(table) }
  }

  /// A database that is there already.
  init(on server: TestServer, existing: String) throws {
    name = nil
    admin = PostgresPool(try PostgresSettings(conninfo: server.conninfo), size: 1)
    conninfo = server.conninfo + " dbname=\(existing)"
    pool = PostgresPool(try PostgresSettings(conninfo: conninfo), size: 8)
    names = PostgresNames(pool: pool)
  }

  deinit {
    pool.close()
    // A test may have stopped the server: its files go anyway.
    if let name {
      _ = try? Self.run(admin, "DROP DATABASE IF EXISTS \(name) WITH (FORCE)", seconds: 2)
    }
    admin.close()
  }

  func run(_ sql: String) throws { try Self.run(pool, sql) }

  private static func run(_ pool: PostgresPool, _ sql: String, seconds: Double = 30) throws {
    _ = try pool.fold(
      PostgresStatement(name: "t" + String(UInt.random(in: 0 ... .max)), sql: sql, types: []), [],
      into: 0, .test(seconds: seconds)
    ) { _, _ in }
  }

  /// Stores an entry as a filer does; hard links get their key-value row, too.
  func insert(_ entry: Entry, in directory: EntryPath) throws {
    try insert(meta: EntryEncoder.bytes(of: entry), name: entry.name, in: directory)
    if !entry.hardLinkID.isEmpty {
      try insert(key: entry.hardLinkID, value: EntryEncoder.bytes(of: entry))
    }
  }

  func insert(meta: [UInt8], name: EntryName, in directory: EntryPath) throws {
    try insert(
      hash: try DirectoryHash.of(directory), name: name.string, directory: directory.string,
      meta: meta)
  }

  func insert(key: [UInt8], value: [UInt8]) throws {
    let row = KeyValueRow(key: key)
    try insert(hash: row.dirhash, name: row.name, directory: row.directory, meta: value)
  }

  func insert(hash: Int64, name: String, directory: String, meta: [UInt8]) throws {
    let digits = Array("0123456789abcdef".utf8)
    let hex = meta.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    _ = try pool.fold(
      PostgresStatement(
        name: "test_insert",
        sql: """
          INSERT INTO filemeta (dirhash, name, directory, meta)
          VALUES ($1, $2, $3, decode($4, 'hex'))
          ON CONFLICT (dirhash, name) DO UPDATE SET directory = $3, meta = EXCLUDED.meta
          """, types: [.int8, .text, .text, .text]),
      [.int8(hash), .text(name), .text(directory), .text(String(decoding: hex, as: UTF8.self))],
      into: 0, .test()
    ) { _, _ in }
  }
}

extension OperationContext {
  static func test(seconds: Double = 30) -> OperationContext { .background(seconds: seconds) }
}

/// Every page of a directory, put together.
func wholeListing(
  _ names: any NameSource, _ directory: EntryPath, limit: Int
) throws -> [ListingRow] {
  var rows: [ListingRow] = []
  var after: EntryName?
  while true {
    let page = try names.list(directory, after: after, limit: limit, .test())
    rows += page.rows
    if page.isLast { return rows }
    after = page.lastName
  }
}
