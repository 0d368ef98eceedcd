import SwfsCore
import SwfsTestKit
import Testing

@testable import SwfsCtl

@Suite struct CheckTests {
  private func entry(
    _ name: EntryName, key: UInt64? = nil, link: [UInt8] = [], counter: Int32 = 0
  ) -> Entry {
    var entry = Entry(name: name, attributes: StoredAttributes())
    entry.hardLinkID = link
    entry.hardLinkCounter = counter
    if let key {
      entry.chunks = [
        Chunk(
          fid: FileID(volume: 1, key: key, cookie: 7), offset: 0, size: 1, modifiedNanoseconds: 1)
      ]
    }
    return entry
  }

  @Test func countersAreComparedWithNames() {
    var tally = LinkTally()
    tally.add("/a", entry("a", link: [1], counter: 2))
    tally.add("/b", entry("b", link: [1], counter: 2))
    tally.add("/c", entry("c", link: [2], counter: 2))
    tally.add("/d", entry("d"))
    #expect(tally.findings().map(\.path) == ["/c"])
    #expect(tally.findings().map(\.detail) == ["counter 2, names 1"])
    #expect(tally.unused([[1], [2], [3]]).map(\.detail) == ["link id 03"])
  }

  @Test func entriesWithoutADirectoryAreCounted() {
    var tally = ParentTally()
    tally.add("/", "a", isDirectory: true)
    tally.add("/a", "f", isDirectory: false)
    #expect(!tally.hasOrphans)
    tally.add("/gone", "x", isDirectory: false)
    tally.add("/gone", "y", isDirectory: false)
    // A file is no directory for what is below it.
    tally.add("/a/f", "z", isDirectory: false)
    #expect(tally.hasOrphans)
    #expect(tally.orphans(in: "/gone") == 2)
    #expect(tally.orphans(in: "/a/f") == 1)
    #expect(tally.orphans(in: "/a") == 0)
  }

  @Test func directoryMayComeAfterWhatIsInIt() {
    var tally = ParentTally()
    tally.add("/a/b", "f", isDirectory: false)
    tally.add("/a", "b", isDirectory: true)
    tally.add("/", "a", isDirectory: true)
    #expect(!tally.hasOrphans)
  }

  @Test func namesOfOneFileShareItsNeedleByRight() {
    var tally = NeedleTally()
    tally.add("/a", entry("a", key: 1, link: [1]))
    tally.add("/b", entry("b", key: 1, link: [1]))
    #expect(!tally.hasShared)
    tally.add("/c", entry("c", key: 1))
    #expect(tally.hasShared)
    #expect(tally.shared(in: entry("x", key: 1)).count == 1)
    #expect(tally.shared(in: entry("x", key: 2)).isEmpty)
  }

  @Test func importOfANeedleThatBelongsToAnotherFileIsAConflict() {
    var owners = NeedleOwners()
    let record = EntryRecord(path: "/old", entry: entry("old", key: 1), includesChunks: true)
    owners.want(record)
    owners.see("/old", entry("old", key: 1))
    #expect(owners.conflict(record) == nil)
    owners.see("/new", entry("new", key: 2))
    #expect(owners.conflict(record) == nil)
    owners.see("/new", entry("new", key: 1))
    #expect(owners.conflict(record) == "/new")
  }

  @Test func badNamesAreTold() {
    for name in ["", ".", "..", "a/b", "a\0b"] {
      #expect(NamespaceCheck.badName(EntryName(unchecked: name)) != nil)
    }
    for name in ["a", "größe", String(repeating: "x", count: 300)] {
      #expect(NamespaceCheck.badName(EntryName(unchecked: name)) == nil)
    }
  }
}

@Suite struct TreeDifferenceTests {
  private func entry(_ change: (inout Entry) -> Void = { _ in }) -> Entry {
    var entry = Entry(name: "f", attributes: StoredAttributes())
    entry.attributes.mtime = 1000
    entry.attributes.fileMode = 0o644
    entry.chunks = EntrySamples.chunks(2)
    change(&entry)
    return entry
  }

  private func changes(_ change: (inout Entry) -> Void) throws -> TreeDifference.Change? {
    var difference = TreeDifference()
    try difference.addLeft("/f", entry())
    switch try difference.compareRight("/f", entry(change)) {
    case .changed(let change): return change
    case .added, nil: return nil
    }
  }

  @Test func eachKindOfChangeIsNamed() throws {
    #expect(try changes { _ in } == nil)
    #expect(try changes { $0.attributes.mtime += 1 } == .mtime)
    #expect(try changes { $0.attributes.mtimeNanoseconds = 1 } == .mtime)
    #expect(try changes { $0.attributes.fileMode = 0o600 } == .mode)
    #expect(try changes { $0.attributes.uid = 1 } == .owner)
    #expect(try changes { $0.chunks.removeLast() } == .content)
    #expect(try changes { $0.extended["xattr-user.a"] = [1] } == .attributes)
    #expect(try changes { $0.attributes.symlinkTarget = "x" } == .attributes)
    #expect(try changes { $0.attributes.fileMode |= 1 << 31 } == .type)
    // What changes without anybody changing the file.
    #expect(
      try changes {
        $0.attributes.atime = 5
        $0.attributes.ctime = 5
        $0.attributes.inode = 5
      } == nil)
  }

  @Test func namesOnOneSideAreFound() throws {
    var difference = TreeDifference()
    try difference.addLeft("/a", entry())
    try difference.addLeft("/b", entry())
    #expect(try difference.compareRight("/b", entry()) == nil)
    #expect(try difference.compareRight("/c", entry()) == .added)
    #expect(difference.remaining == 1)
    #expect(difference.isRemaining("/a") && !difference.isRemaining("/b"))
  }

  @Test func ignoredChangesAreNone() throws {
    var difference = TreeDifference(ignoring: [.mtime, .owner])
    try difference.addLeft("/f", entry())
    #expect(
      try difference.compareRight("/f", entry { $0.attributes.mtime = 1 }) == nil)
    #expect(TreeDifference.Change([.type, .mtime]).words == ["type", "mtime"])
  }
}
