import SwfsCore
import SwfsObserve
import SwfsTestKit
import Testing

@testable import SwfsPostgres

@Suite(.enabled(if: TestServer.isAvailable))
struct PostgresNamesTests {
  @Test func everyKindOfEntryIsLookedUpAndListed() throws {
    let database = try TestDatabase()
    for sample in EntrySamples.all { try database.insert(sample.entry, in: "/dir") }
    let names = database.names
    for sample in EntrySamples.all {
      let path = EntryPath(unchecked: "/dir").appending(sample.entry.name)
      #expect(try names.lookup(path, .test()) == sample.entry)
    }
    let expected = try EntrySamples.all.map(\.entry).sorted { $0.name < $1.name }
      .map { ListingRow(name: $0.name, content: .attributes(try $0.fileAttributes())) }
    for limit in [1, 2, 7, 1000] {
      #expect(try wholeListing(names, "/dir", limit: limit) == expected)
    }
  }

  @Test func missingNamesAndDirectories() throws {
    let database = try TestDatabase()
    let names = database.names
    let error = #expect(throws: FSError.self) { try names.lookup("/no/where", .test()) }
    #expect(error?.code == .notFound)
    let page = try names.list("/no", after: nil, limit: 10, .test())
    #expect(page == ListingPage(rows: [], lastName: nil, isLast: true))
    #expect(try database.names.list("/", after: nil, limit: 10, .test()).rows.isEmpty)
  }

  @Test func rootIsMadeUp() throws {
    let database = try TestDatabase()
    let root = try database.names.lookup("/", .test())
    #expect(root.attributes.mode == FileMode(kind: .directory, permissions: 0o755))
    #expect(root.attributes.mtime > 0)
  }

  @Test func childrenOfTheRootAreListed() throws {
    let database = try TestDatabase()
    try database.insert(entry("a"), in: "/")
    #expect(try wholeListing(database.names, "/", limit: 10).map(\.name) == ["a"])
    #expect(try database.names.lookup("/a", .test()).name == "a")
  }

  @Test func hardLinksShowTheKeyValueRowsTruth() throws {
    let database = try TestDatabase()
    var stale = entry("one")
    stale.hardLinkID = EntrySamples.linkID
    stale.hardLinkCounter = 2
    var truth = stale
    truth.hardLinkCounter = 3
    truth.attributes.fileSize = 100
    try database.insert(stale, in: "/d")
    stale.name = "two"
    try database.insert(stale, in: "/d")
    try database.insert(key: EntrySamples.linkID, value: EntryEncoder.bytes(of: truth))
    let names = database.names
    truth.name = "two"
    #expect(try names.lookup("/d/two", .test()) == truth)
    let attributes = try truth.fileAttributes()
    let rows = try wholeListing(names, "/d", limit: 1)
    #expect(rows.map(\.content) == [.attributes(attributes), .attributes(attributes)])
    #expect(attributes.linkCount == 3)
    let many = try names.list(many: ["/d"], limitEach: 10, .test())
    #expect(many[0].rows == rows)
  }

  @Test func hardLinkWithoutKeyValueRowIsTakenAsItIs() throws {
    let database = try TestDatabase()
    var link = entry("lone")
    link.hardLinkID = EntrySamples.linkID
    link.hardLinkCounter = 2
    try database.insert(meta: EntryEncoder.bytes(of: link), name: "lone", in: "/d")
    #expect(try database.names.lookup("/d/lone", .test()) == link)
    #expect(try wholeListing(database.names, "/d", limit: 9).count == 1)
  }

  @Test func corruptKeyValueRowMakesItsLinksCorrupt() throws {
    let database = try TestDatabase()
    var link = entry("link")
    link.hardLinkID = EntrySamples.linkID
    try database.insert(meta: EntryEncoder.bytes(of: link), name: "link", in: "/d")
    try database.insert(key: EntrySamples.linkID, value: [0x0b])
    let error = #expect(throws: FSError.self) { try database.names.lookup("/d/link", .test()) }
    #expect(error?.code == .corrupt)
    guard case .corrupt = try wholeListing(database.names, "/d", limit: 9).first?.content else {
      Issue.record("listed as if it were right")
      return
    }
  }

  @Test func expiredEntriesAreGone() throws {
    let database = try TestDatabase()
    let now = Timestamp.now.seconds
    var old = entry("old")
    old.attributes.crtime = now - 1000
    old.attributes.ttlSeconds = 10
    var fresh = entry("young")
    fresh.attributes.crtime = now
    fresh.attributes.ttlSeconds = 10_000
    try database.insert(old, in: "/d")
    try database.insert(fresh, in: "/d")
    let names = database.names
    let error = #expect(throws: FSError.self) { try names.lookup("/d/old", .test()) }
    #expect(error?.code == .notFound)
    #expect(try wholeListing(names, "/d", limit: 10).map(\.name) == ["young"])
    // A page of nothing but expired rows still leads on.
    let page = try names.list("/d", after: nil, limit: 1, .test())
    #expect(page == ListingPage(rows: [], lastName: "old", isLast: false))
  }

  @Test func expiryOfALinkIsThatOfItsTruth() throws {
    let database = try TestDatabase()
    var row = entry("link")
    row.hardLinkID = EntrySamples.linkID
    row.attributes.ttlSeconds = 1
    row.attributes.crtime = 1
    var truth = row
    truth.attributes.ttlSeconds = 0
    try database.insert(meta: EntryEncoder.bytes(of: row), name: "link", in: "/d")
    try database.insert(key: EntrySamples.linkID, value: EntryEncoder.bytes(of: truth))
    #expect(try wholeListing(database.names, "/d", limit: 9).count == 1)
    #expect(try database.names.lookup("/d/link", .test()).attributes.ttlSeconds == 0)
    try database.insert(key: EntrySamples.linkID, value: EntryEncoder.bytes(of: row))
    #expect(try wholeListing(database.names, "/d", limit: 9).isEmpty)
    #expect(throws: FSError.self) { try database.names.lookup("/d/link", .test()) }
  }

  @Test func corruptRowDoesNotHideItsNeighbours() throws {
    let database = try TestDatabase()
    try database.insert(entry("a"), in: "/d")
    try database.insert(meta: [0x4a, 0xff], name: "b", in: "/d")
    try database.insert(entry("c"), in: "/d")
    let before = Metrics.corruptRows.value
    let rows = try wholeListing(database.names, "/d", limit: 10)
    #expect(rows.map(\.name) == ["a", "b", "c"])
    guard case .corrupt(let reason) = rows[1].content else {
      Issue.record("row b is not corrupt")
      return
    }
    #expect(reason.contains("ends in the middle"))
    #expect(Metrics.corruptRows.value > before)
    let error = #expect(throws: FSError.self) { try database.names.lookup("/d/b", .test()) }
    #expect(error?.code == .corrupt)
  }

  @Test func nullMetaIsAnEmptyEntryNotACrash() throws {
    let database = try TestDatabase()
    try database.insert(entry("a"), in: "/d")
    try database.run("UPDATE filemeta SET meta = NULL")
    #expect(try wholeListing(database.names, "/d", limit: 10).count == 1)
  }

  @Test func namesThatBreakAListingAreLeftOut() throws {
    let database = try TestDatabase()
    for name in ["", ".", "..", "a/b", "good"] as [EntryName] {
      try database.insert(meta: [], name: name, in: "/d")
    }
    #expect(try wholeListing(database.names, "/d", limit: 2).map(\.name) == ["good"])
  }

  @Test func keyValueRowsAreNotEntries() throws {
    let database = try TestDatabase()
    // This key's base64 begins with a slash, and looks like a path.
    let key: [UInt8] = [0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8, 1, 2, 3]
    let row = KeyValueRow(key: key)
    #expect(row.directory.hasPrefix("/"))
    try database.insert(key: key, value: [1, 2, 3])
    #expect(
      try wholeListing(database.names, EntryPath(unchecked: row.directory), limit: 10).isEmpty)
    let path = EntryPath(unchecked: row.directory).appending(EntryName(unchecked: row.name))
    #expect(throws: FSError.self) { try database.names.lookup(path, .test()) }
  }

  @Test func directoryWithTheSameHashIsNotMixedIn() throws {
    let database = try TestDatabase()
    let hash = try DirectoryHash.of("/mine")
    try database.insert(hash: hash, name: "mine", directory: "/mine", meta: [])
    try database.insert(hash: hash, name: "theirs", directory: "/theirs", meta: [])
    #expect(try wholeListing(database.names, "/mine", limit: 10).map(\.name) == ["mine"])
    let many = try database.names.list(many: ["/mine"], limitEach: 10, .test())
    #expect(many[0].rows.map(\.name) == ["mine"])
    #expect(throws: FSError.self) { try database.names.lookup("/mine/theirs", .test()) }
  }

  @Test func manyDirectoriesComeInTheOrderAskedFor() throws {
    let database = try TestDatabase()
    var directories: [EntryPath] = []
    for number in 0..<250 {
      let directory = EntryPath(unchecked: "/t").appending(EntryName(unchecked: "d\(number)"))
      directories.append(directory)
      for file in 0..<(number % 4) {
        try database.insert(entry(EntryName(unchecked: "f\(file)")), in: directory)
      }
    }
    directories.shuffle()
    directories.append("/missing")
    directories.append(directories[0])
    let names = database.names
    let pages = try names.list(many: directories, limitEach: 2, .test())
    #expect(pages.count == directories.count)
    for (directory, page) in zip(directories, pages) {
      #expect(page == (try names.list(directory, after: nil, limit: 2, .test())))
    }
    #expect(try names.list(many: [], limitEach: 2, .test()).isEmpty)
  }

  @Test(arguments: [#"COLLATE "C""#, #"COLLATE "en-x-icu""#, ""])
  func orderIsThatOfBytesUnderAnyCollation(collation: String) throws {
    let database = try TestDatabase(
      table: """
        CREATE TABLE filemeta (dirhash bigint, name varchar(65535) \(collation),
          directory varchar(65535) \(collation), meta bytea, PRIMARY KEY (dirhash, name))
        """)
    let names: [EntryName] = [
      "a", "B", "b", "A", "é", "e\u{301}", "z", "Z", "_", "-", "a b", "ab", "a-b", "ä", "夜", "0",
      "10", "2", "\u{10ffff}", "\u{e000}",
    ]
    for name in names { try database.insert(entry(name), in: "/d") }
    for limit in [1, 3, 100] {
      #expect(try wholeListing(database.names, "/d", limit: limit).map(\.name) == names.sorted())
    }
    let many = try database.names.list(many: ["/d"], limitEach: 5, .test())
    #expect(many[0].rows.map(\.name) == Array(names.sorted().prefix(5)))
    for name in names {
      #expect(
        try database.names.lookup(EntryPath(unchecked: "/d").appending(name), .test()).name == name)
    }
  }

  @Test func servedReadsAreCounted() throws {
    let database = try TestDatabase()
    try database.insert(entry("a"), in: "/d")
    let (reads, rows) = (Metrics.namesFromPostgres.value, Metrics.rowsFromPostgres.value)
    _ = try database.names.list("/d", after: nil, limit: 10, .test())
    _ = try database.names.lookup("/d/a", .test())
    // Tests that run beside this one count as well.
    #expect(Metrics.namesFromPostgres.value >= reads + 2)
    #expect(Metrics.rowsFromPostgres.value >= rows + 1)
  }

  private func entry(_ name: EntryName) -> Entry {
    var entry = Entry(name: name, attributes: StoredAttributes())
    entry.attributes.fileMode = 0o644
    return entry
  }
}
