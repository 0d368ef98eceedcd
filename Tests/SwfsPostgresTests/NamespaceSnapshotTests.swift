import SwfsCore
import SwfsTestKit
import Testing

@testable import SwfsPostgres

@Suite(.enabled(if: TestServer.isAvailable))
struct NamespaceSnapshotTests {
  private func entry(_ name: String, _ kind: FileKind = .regular, size: UInt64 = 0) -> Entry {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: kind, permissions: 0o644)
    attributes.fileSize = size
    return Entry(name: EntryName(unchecked: name), attributes: attributes)
  }

  private func snapshot(_ database: TestDatabase) throws -> NamespaceSnapshot {
    try NamespaceSnapshot(try PostgresSettings(conninfo: database.conninfo), .test())
  }

  /// A tree with names that sort in ways people get wrong.
  private func tree(_ database: TestDatabase) throws -> [EntryPath] {
    let entries: [(EntryPath, Entry)] = [
      ("/", entry("a", .directory)), ("/", entry("a.b", .directory)), ("/", entry("ab")),
      ("/a", entry("b", .directory)), ("/a", entry("Z")), ("/a", entry("ä")),
      ("/a/b", entry("c", .directory)), ("/a/b", entry("x")), ("/a/b/c", entry("deep")),
      ("/a.b", entry("other")),
    ]
    for (directory, entry) in entries { try database.insert(entry, in: directory) }
    return entries.map { $0.0.appending($0.1.name) }
  }

  private func all(
    _ snapshot: NamespaceSnapshot, below root: EntryPath, order: NamespaceOrder
  ) throws -> [EntryPath] {
    var paths: [EntryPath] = []
    try snapshot.subtree(of: root, order: order, .test()) { paths.append($0.path) }
    return paths
  }

  @Test func everythingIsHandedOutOnceInOrder() throws {
    let database = try TestDatabase()
    let paths = try tree(database)
    // A key-value row, and one whose directory begins like a path.
    try database.insert(key: Array("filer.store.id".utf8), value: [1, 2, 3, 4])
    try database.insert(key: [0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6], value: [1])
    let snapshot = try snapshot(database)
    let sorted = paths.sorted { ($0.parent, $0.name) < ($1.parent, $1.name) }
    #expect(try all(snapshot, below: "/", order: .byPath) == sorted)
    #expect(Set(try all(snapshot, below: "/", order: .any)) == Set(paths))
    #expect(try all(snapshot, below: "/", order: .any).count == paths.count)
  }

  @Test func subtreeHasNothingFromItsNeighbours() throws {
    let database = try TestDatabase()
    _ = try tree(database)
    let snapshot = try snapshot(database)
    let expected: [EntryPath] = ["/a/Z", "/a/b", "/a/ä", "/a/b/c", "/a/b/x", "/a/b/c/deep"]
    #expect(try all(snapshot, below: "/a", order: .byPath) == expected)
    #expect(Set(try all(snapshot, below: "/a", order: .any)) == Set(expected))
    #expect(try all(snapshot, below: "/a/Z", order: .any) == [])
    #expect(try all(snapshot, below: "/nowhere", order: .byPath) == [])
  }

  @Test(arguments: [NamespaceOrder.any, .byPath])
  func largeSubtreeIsFinishedByAScan(order: NamespaceOrder) throws {
    let database = try TestDatabase()
    _ = try tree(database)
    // More than a walk takes, over more directories than one statement asks for.
    let directories = 300
    let files = SubtreeWalk.rowsAlways / directories + 100
    let meta = Hexadecimal.text(EntryEncoder.bytes(of: entry("f")))
    try database.run(
      """
      INSERT INTO filemeta SELECT ('x' || substr(md5(p), 1, 16))::bit(64)::bigint, 'f' || f, p,
        decode('\(meta)', 'hex')
      FROM generate_series(1, \(files)) f, generate_series(1, \(directories)) d,
        LATERAL (SELECT '/a/big/d' || d AS p) q
      """)
    try database.insert(entry("big", .directory), in: "/a")
    for number in 1...directories {
      try database.insert(entry("d\(number)", .directory), in: "/a/big")
    }
    let snapshot = try snapshot(database)
    let found = try all(snapshot, below: "/a", order: order)
    #expect(found.count == 6 + 1 + directories + directories * files)
    #expect(Set(found).count == found.count)
    if order == .byPath {
      let isSorted = zip(found, found.dropFirst()).allSatisfy {
        ($0.parent, $0.name) < ($1.parent, $1.name)
      }
      #expect(isSorted)
    }
  }

  @Test func hardLinksComeWithTheSharedCopy() throws {
    let database = try TestDatabase()
    var stale = entry("one", size: 5)
    stale.hardLinkID = EntrySamples.linkID
    stale.hardLinkCounter = 2
    try database.insert(stale, in: "/d")
    var truth = stale
    truth.attributes.fileSize = 100
    try database.insert(key: EntrySamples.linkID, value: EntryEncoder.bytes(of: truth))
    stale.name = "dangling"
    stale.hardLinkID = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    try database.insert(meta: EntryEncoder.bytes(of: stale), name: "dangling", in: "/d")
    let snapshot = try snapshot(database)
    for order in [NamespaceOrder.any, .byPath] {
      var seen: [String: (size: UInt64, dangles: Bool)] = [:]
      try snapshot.all(order: order, .test()) { (row) throws(FSError) in
        seen[row.name.string] = (try row.attributes().attributes.size, row.isDanglingLink)
      }
      #expect(seen["one"]?.size == 100)
      #expect(seen["one"]?.dangles == false)
      #expect(seen["dangling"]?.size == 5)
      #expect(seen["dangling"]?.dangles == true)
    }
    #expect(try snapshot.entry(at: "/d/one", .test()).attributes.fileSize == 100)
  }

  @Test func damagedRowIsHandedOutWithTheOthers() throws {
    let database = try TestDatabase()
    _ = try tree(database)
    try database.insert(meta: [0x0a, 0xff], name: "broken", in: "/a")
    let snapshot = try snapshot(database)
    var broken: [EntryPath] = []
    var count = 0
    try snapshot.subtree(of: "/a", order: .byPath, .test()) { row in
      count += 1
      if (try? row.entry()) == nil { broken.append(row.path) }
    }
    #expect(broken == ["/a/broken"])
    #expect(count == 7)
  }

  @Test func laterChangesAreNotSeen() throws {
    let database = try TestDatabase()
    _ = try tree(database)
    let snapshot = try snapshot(database)
    try database.insert(entry("later"), in: "/a")
    try database.run("DELETE FROM filemeta WHERE name = 'Z'")
    let found = try all(snapshot, below: "/a", order: .any)
    #expect(!found.contains("/a/later"))
    #expect(found.contains("/a/Z"))
    #expect(!snapshot.moment.walPosition.isEmpty)
    #expect(snapshot.moment.time.seconds > 0)
  }

  @Test func errorOfTheReaderEndsTheRead() throws {
    let database = try TestDatabase()
    _ = try tree(database)
    let snapshot = try snapshot(database)
    let error = #expect(throws: FSError.self) {
      try snapshot.all(order: .any, .test()) { (_) throws(FSError) in
        throw FSError(.noSpace, "full")
      }
    }
    #expect(error?.code == .noSpace)
    // The snapshot is as good as before.
    #expect(try all(snapshot, below: "/a", order: .any).count == 6)
  }

  @Test func entryThatIsMissingIsNotFound() throws {
    let database = try TestDatabase()
    let snapshot = try snapshot(database)
    let error = #expect(throws: FSError.self) { try snapshot.entry(at: "/no", .test()) }
    #expect(error?.code == .notFound)
    #expect(try snapshot.entry(at: "/", .test()).attributes.mode.kind == .directory)
  }

  @Test func otherTablesAreRefused() throws {
    let database = try TestDatabase(table: "")
    let error = #expect(throws: FSError.self) { try snapshot(database) }
    #expect(error?.code == .unavailable)
  }
}

private enum Hexadecimal {
  static func text(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
