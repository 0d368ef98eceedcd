import Glibc
import SwfsCluster
import SwfsCore
import SwfsPostgres
import SwfsTestKit
import Testing

/// Names out of SQL and out of filers: the same for every kind of entry.
@Suite(.needsPostgres) struct NamesTests {
  let scratch: Scratch
  let sql: PostgresNames

  init() throws {
    scratch = try Scratch()
    let conninfo = try #require(MountFixture.postgres)
    sql = PostgresNames(pool: PostgresPool(try PostgresSettings(conninfo: conninfo), size: 2))
  }

  private var directory: EntryPath { Cluster.path(scratch.filerPath) }

  private func makeEveryKind() throws {
    try Posix.write(scratch("empty"), "")
    try Posix.write(scratch("big"), [UInt8](repeating: 1, count: 5_000_000))
    try Posix.mkdir(scratch("dir"), 0o2775)
    try Posix.symlink("target", scratch("symlink"))
    try Posix.mknod(scratch("fifo"), S_IFIFO | 0o600)
    try Posix.mknod(scratch("char"), S_IFCHR | 0o600, 259)
    try Posix.mknod(scratch("block"), S_IFBLK | 0o600, 2049)
    try Posix.write(scratch("link-a"), "linked")
    try Posix.link(scratch("link-a"), scratch("link-b"))
    try Posix.write(scratch("link-b"), "linked and changed through the other name")
    try Posix.setXattr(scratch("big"), "user.k", "v")
    try Posix.write(scratch("é 日本 %_"), "x")
    var inline = Cluster.file("inline")
    inline.content = [1, 2, 3]
    try Cluster.put(inline, in: scratch.filerPath)
    let many = try (0..<60).map {
      try Cluster.chunk([UInt8($0)], at: Int64($0), modified: Int64($0) + 1)
    }
    try Cluster.put(Cluster.file("gzipped-row", chunks: many), in: scratch.filerPath)
    var old = Cluster.file("odd", mode: 0o644 | 1 << 23)
    old.attributes.ctime = -62_135_596_800
    old.attributes.mtime = 0
    try Cluster.put(old, in: scratch.filerPath)
    var remote = Cluster.file("remote")
    remote.remote = .init(
      storageName: "cloud", lastLocalSyncNanoseconds: 0, etag: "e",
      modifiedSeconds: Timestamp.now.seconds + 5, size: 12_345)
    try Cluster.put(remote, in: scratch.filerPath)
    var living = Cluster.file("ttl")
    living.attributes.ttlSeconds = 3600
    try Cluster.put(living, in: scratch.filerPath)
    var expired = Cluster.file("expired")
    expired.attributes.ttlSeconds = 60
    expired.attributes.crtime -= 600
    try Cluster.put(expired, in: scratch.filerPath)
  }

  @Test func bothWaysGiveTheSameListing() throws {
    try makeEveryKind()
    let bySQL = try sql.list(directory, after: nil, limit: 1000, Cluster.context)
    let byFiler = try Cluster.names().list(directory, after: nil, limit: 1000, Cluster.context)
    #expect(bySQL.rows.map(\.name) == byFiler.rows.map(\.name))
    #expect(bySQL.rows.count == 15)
    for (one, other) in zip(bySQL.rows, byFiler.rows) { #expect(one == other, "\(one.name)") }
    #expect(bySQL.isLast)
  }

  @Test func bothWaysGiveTheSameEntries() throws {
    try makeEveryKind()
    for name in try Cluster.names().list(directory, after: nil, limit: 1000, Cluster.context).rows {
      let path = directory.appending(name.name)
      let bySQL = try sql.lookup(path, Cluster.context)
      let byFiler = try Cluster.names().lookup(path, Cluster.context)
      #expect(bySQL == byFiler, "\(name.name)")
    }
  }

  @Test func bothWaysPageAlike() throws {
    for index in 0..<250 { try Posix.mknod(scratch("f\(index)"), S_IFREG | 0o600) }
    func pages(_ source: any NameSource) throws -> [EntryName] {
      var result: [EntryName] = []
      var after: EntryName?
      while true {
        let page = try source.list(directory, after: after, limit: 33, Cluster.context)
        result += page.rows.map(\.name)
        if page.isLast { return result }
        after = page.lastName
      }
    }
    let bySQL = try pages(sql)
    #expect(bySQL.count == 250)
    #expect(try pages(Cluster.names()) == bySQL)
  }

  @Test func theMountsListingIsServedBySQL() throws {
    for index in 0..<100 { try Posix.mknod(scratch("f\(index)"), S_IFREG | 0o600) }
    let mount = try MountFixture.mount()
    let before = try mount.metric("swfs_names_reads_total{source=\"postgres\"}")
    #expect(try Posix.names(scratch.path).count == 100)
    #expect(try mount.metric("swfs_names_reads_total{source=\"postgres\"}") > before)
    #expect(try mount.metric("swfs_postgres_up") == 1)
  }

  @Test func mountWithoutPostgresShowsTheSame() throws {
    try makeEveryKind()
    let plain = try Mount(filers: MountFixture.filers, withPostgres: false)
    defer { plain.unmount() }
    let list = "find . -printf '%P %y %m %U %G %s %n %l %T@\\n' | sort"
    let there = plain.path + "/" + scratch.name
    #expect(try Command.shell(list, in: there) == Command.shell(list, in: scratch.path))
    #expect(try plain.metric("swfs_names_reads_total{source=\"postgres\"}") == 0)
  }
}
