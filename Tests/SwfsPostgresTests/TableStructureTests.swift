import SwfsCore
import Testing

@testable import SwfsPostgres

@Suite(.enabled(if: TestServer.isAvailable))
struct TableStructureTests {
  @Test func missingTableIsNamed() throws {
    let error = refusal(of: try TestDatabase(table: ""))
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("no table filemeta") == true)
  }

  @Test func foreignTableIsRefused() throws {
    let database = try TestDatabase(table: "CREATE TABLE filemeta (dirhash bigint, name text)")
    #expect(refusal(of: database)?.code == .unsupported)
  }

  @Test func bucketTablesOfPostgres2AreRefusedEvenWhenTheyComeLater() throws {
    let database = try TestDatabase()
    #expect(refusal(of: database) == nil)
    try database.run("CREATE TABLE filemeta_backup AS SELECT * FROM filemeta")
    #expect(refusal(of: database) == nil)
    try database.run(#"CREATE TABLE "my-bucket" AS SELECT * FROM filemeta"#)
    let error = refusal(of: database)
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("my-bucket") == true)
    #expect(error?.message.contains("postgres2") == true)
  }

  @Test func roleWithoutRightsIsTold() throws {
    let database = try TestDatabase()
    try database.run("DROP ROLE IF EXISTS swfs_no_rights")
    try database.run("CREATE ROLE swfs_no_rights LOGIN")
    defer { try? database.run("DROP ROLE swfs_no_rights") }
    let pool = PostgresPool(
      try PostgresSettings(conninfo: database.conninfo + " user=swfs_no_rights"))
    defer { pool.close() }
    let error = #expect(throws: FSError.self) { try PostgresNames(pool: pool).check(.test()) }
    #expect(error?.message.contains("GRANT SELECT ON filemeta TO swfs_no_rights") == true)
  }

  @Test func nondeterministicCollationIsRefused() throws {
    let database = try TestDatabase(table: "")
    try database.run(
      """
      CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)
      """)
    try database.run(
      """
      CREATE TABLE filemeta (dirhash bigint, name varchar(65535) COLLATE loose,
        directory varchar(65535), meta bytea, PRIMARY KEY (dirhash, name))
      """)
    #expect(refusal(of: database)?.code == .unsupported)
  }

  @Test(arguments: [
    ("C", "de_DE.UTF-8", "c", "", true), ("default", "C.UTF-8", "c", "", true),
    ("default", "de_DE.UTF-8", "c", "", false), ("de_DE", "C", "c", "", false),
    ("default", "C", "i", "", false), ("default", "de_DE.UTF-8", "b", "C.UTF-8", true),
    ("en-x-icu", "C", "c", "", false),
  ])
  func byteOrderIsRecognised(
    column: String, database: String, provider: String, locale: String, expected: Bool
  ) {
    let found = TableStructure.isByteOrdered(
      column: column, database: database, provider: provider, locale: locale)
    #expect(found == expected)
  }

  private func refusal(of database: TestDatabase) -> FSError? {
    do throws(FSError) {
      try PostgresNames(pool: database.pool).check(.test())
      return nil
    } catch {
      return error
    }
  }
}
