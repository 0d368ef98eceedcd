import Glibc
import SwfsCore
import Testing

/// Garbage in the table: EIO for that entry, and nothing else is lost.
///
/// `SWFS_TEST_POSTGRES_ADMIN` is a connection string that may write to `filemeta`.
@Suite(
  .needsPostgres,
  .enabled(
    if: MountFixture.variable("SWFS_TEST_POSTGRES_ADMIN") != nil, "set SWFS_TEST_POSTGRES_ADMIN"))
struct CorruptRowTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private static let garbage: [(name: String, hex: String)] = [
    // a length that reaches behind the end, a field that ends early, not protobuf at all,
    // gzip magic without gzip, chunk offsets and sizes beyond 2^63
    ("overlong", "22ff7f0801"), ("cut", "2208"), ("noise", "ffffffffffffffffffffffff"),
    ("gzip", "1f8b0800000000000003ffff"),
    ("absurd", "1a1610feffffffffffffff7f18ffffffffffffffffff01220208ffffffffffffffffff01"),
  ]

  private func insert(_ name: String, hex: String) throws {
    let admin = try #require(MountFixture.variable("SWFS_TEST_POSTGRES_ADMIN"))
    let directory = scratch.filerPath
    try Command.check([
      "psql", "-qXd", admin, "-v", "ON_ERROR_STOP=1", "-c",
      """
      insert into filemeta(dirhash, name, directory, meta) values
        (('x' || substr(md5('\(directory)'), 1, 16))::bit(64)::bigint, '\(name)', '\(directory)',
         decode('\(hex)', 'hex'))
      """,
    ])
  }

  private func remove(_ names: [String]) throws {
    let admin = try #require(MountFixture.variable("SWFS_TEST_POSTGRES_ADMIN"))
    for name in names {
      try Command.check([
        "psql", "-qXd", admin, "-c",
        "delete from filemeta where directory = '\(scratch.filerPath)' and name = '\(name)'",
      ])
    }
  }

  @Test func corruptRowsDoNotHideTheirNeighbours() throws {
    for index in 0..<20 { try Posix.write(scratch("good-\(index)"), "\(index)") }
    for row in Self.garbage { try insert("g-" + row.name, hex: row.hex) }
    defer { try? remove(Self.garbage.map { "g-" + $0.name }) }
    let names = try Posix.names(scratch.path)
    #expect(names.filter { $0.hasPrefix("good-") }.count == 20)
    for index in 0..<20 { #expect(try Posix.readText(scratch("good-\(index)")) == "\(index)") }
    for row in Self.garbage {
      let error = #expect(throws: PosixError.self) { try Posix.stat(scratch("g-" + row.name)) }
      #expect(error?.code == EIO, "\(row.name)")
    }
    #expect(try MountFixture.mount().metric("swfs_corrupt_entries_total") > 0)
  }
}
