import SwfsCore
import SwfsTestKit
import Synchronization
import Testing

@testable import SwfsPostgres

/// `sql/apply` on a real server: repeated, with passwords from files, and what each role may do.
@Suite(.enabled(if: TestServer.canStart), .serialized)
struct SqlScriptsTests {
  private static let shared = Result { () throws -> TestServer in
    let server = try TestServer()
    let directory = try #require(server.directory)
    try Shell.write("read'er secret\n", to: directory + "/reader-password")
    try Shell.run(
      #"sed -i '1i local all swfs_reader scram-sha-256' \#(directory)/data/pg_hba.conf"#)
    try Shell.run("psql -X -q '\(server.conninfo)' -c 'SELECT pg_reload_conf()'")
    return server
  }
  private static let counter = Atomic<Int>(0)

  private let server: TestServer
  private let directory: String
  /// Each test has its own database; the roles are the server's.
  private let database: String

  init() throws {
    server = try Self.shared.get()
    directory = try #require(server.directory)
    database = "seaweedfs\(Self.counter.wrappingAdd(1, ordering: .relaxed).newValue)"
  }

  @Test func scriptsCanBeRunAgain() throws {
    try apply()
    let before = try psql("SELECT count(*) FROM pg_roles WHERE rolname ~ '^(swfs|seaweedfs)'")
    try psql("INSERT INTO filemeta SELECT swfs.directory_hash('/'), 'kept', '/', '\\x2200'")
    try apply()
    #expect(try psql("SELECT name FROM filemeta") == "kept")
    #expect(
      try psql("SELECT count(*) FROM pg_roles WHERE rolname ~ '^(swfs|seaweedfs)'") == before)
    #expect(before == "5")
  }

  @Test func readerReadsAndCannotWrite() throws {
    try apply()
    let pool = PostgresPool(
      try PostgresSettings(
        conninfo: "host=\(directory) user=swfs_reader dbname=\(database)"
          + #" password='read\'er secret'"#))
    defer { pool.close() }
    try PostgresNames(pool: pool).check(.test())
    for sql in [
      "DELETE FROM filemeta", "UPDATE filemeta SET name = ''", "TRUNCATE filemeta",
      "INSERT INTO filemeta VALUES (1, 'a', '/', '')", "DROP TABLE filemeta",
      "CREATE TABLE mine (a int)", "SELECT * FROM swfs.key_values",
    ] {
      let statement = PostgresStatement(name: sql, sql: sql, types: [])
      let error = #expect(throws: FSError.self, "\(sql)") {
        try pool.fold(statement, [], into: 0, .test()) { _, _ in }
      }
      #expect(error?.message.contains("42501") == true, "\(sql): \(String(describing: error))")
    }
  }

  @Test func filersRoleOwnsTheTable() throws {
    try apply()
    #expect(
      try psql("SELECT tableowner FROM pg_tables WHERE tablename = 'filemeta'") == "seaweedfs")
    try Shell.run(
      "psql -X -q 'host=\(directory) user=seaweedfs dbname=\(database)' -c"
        + " \"INSERT INTO filemeta VALUES (1, 'a', 'AAAAAAAAAAE=', '')\"")
    #expect(
      try Shell.run(
        "psql -X -At 'host=\(directory) user=seaweedfs dbname=\(database)' -c"
          + " 'SHOW idle_in_transaction_session_timeout'"
      ).trimmedLine == "1min")
  }

  @Test func passwordsStayOutOfTheLog() throws {
    try psql("ALTER SYSTEM SET log_statement = 'all'", in: "postgres")
    try psql("SELECT pg_reload_conf()", in: "postgres")
    try apply()
    try psql("ALTER SYSTEM RESET log_statement", in: "postgres")
    try psql("SELECT pg_reload_conf()", in: "postgres")
    let log = try Shell.run("cat \(directory)/log")
    #expect(log.contains("statement:"))
    #expect(!log.contains("read'er") && !log.contains("read''er"))
  }

  @Test func viewsTellWhatTheDecoderTells() throws {
    try apply()
    let names = PostgresNames(
      pool: PostgresPool(
        try PostgresSettings(conninfo: "host=\(directory) user=postgres dbname=\(database)")))
    let table = try TestDatabase(on: server, existing: database)
    for sample in EntrySamples.all { try table.insert(sample.entry, in: "/d") }
    let page = try names.list("/d", after: nil, limit: 1000, .test())
    for row in page.rows {
      guard case .attributes(let attributes) = row.content else { continue }
      // The view goes by chunks and file_size only.
      let sample = try #require(EntrySamples.all.first { $0.entry.name == row.name }).entry
      guard sample.remote == nil, attributes.kind != .symlink else { continue }
      let name = row.name.string
      let line = try psql(
        "SELECT a.readable, a.size, extract(epoch FROM a.modified)::bigint, a.uid, a.chunks"
          + " FROM swfs.entries e, swfs.attributes(e.meta) a WHERE name = '\(name)'")
      #expect(
        line == "t|\(attributes.size)|\(attributes.mtime.seconds)|1000|\(sample.chunks.count)",
        "\(name)")
    }
    try table.insert(meta: [0x1f, 0x8b, 0], name: "compressed", in: "/d")
    try table.insert(meta: [0x22, 0x7f], name: "damaged", in: "/d")
    #expect(try psql("SELECT unreadable FROM swfs.space_by_directory") == "2")
    #expect(try psql("SELECT count(*) FROM swfs.key_values") == "1")
    #expect(try psql("SELECT path FROM swfs.biggest_files LIMIT 1") == "/d/sparse")
  }

  @Test func checksFindWhatIsWrong() throws {
    try apply()
    let table = try TestDatabase(on: server, existing: database)
    try table.insert(meta: [0x22, 0], name: "orphan", in: "/gone/dir")
    let warned = try attempt("050")
    #expect(warned.status == 0)
    #expect(warned.output.contains("orphans"))
    try table.insert(hash: 5, name: "foreign", directory: "/wrong/hash", meta: [1])
    let failed = try attempt("050")
    #expect(failed.status == 3)
    #expect(failed.output.contains("every row is an entry or a key-value pair"))
  }

  @Test func checkOfTheCollation() throws {
    try apply()
    try psql(
      #"DROP SCHEMA swfs CASCADE; ALTER TABLE filemeta ALTER name TYPE varchar COLLATE "en-x-icu""#)
    let failed = try attempt("040 050")
    #expect(failed.status == 3)
    #expect(failed.output.contains("names are in byte order"))
  }

  @Test func mistakesAreExplained() throws {
    #expect(try Shell.attempt(script).status == 2)
    #expect(try attempt("999").status == 2)
  }

  private var script: String {
    let here = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/" + here + "/sql/apply"
  }

  private func apply() throws {
    let (status, output) = try attempt("")
    try #require(status == 0, "\(output)")
  }

  private func attempt(_ numbers: String) throws -> (status: Int32, output: String) {
    try Shell.attempt(
      "SWFS_READER_PASSWORD_FILE=\(directory)/reader-password"
        + " \(script) -d \(database) 'host=\(directory) user=postgres dbname=postgres' \(numbers)")
  }

  @discardableResult
  private func psql(_ sql: String, in database: String? = nil) throws -> String {
    let file = directory + "/query.sql"
    try Shell.write(sql, to: file)
    return try Shell.run(
      "psql -X -At -v ON_ERROR_STOP=1 'host=\(directory) user=postgres dbname=\(database ?? self.database)'"
        + " -f \(file)"
    ).trimmedLine
  }
}
