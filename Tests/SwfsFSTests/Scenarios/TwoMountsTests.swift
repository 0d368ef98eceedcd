import SwfsCore
import SwfsFS
import SwfsTestKit
import Testing

/// What applications on two mounts may rely on (docs/SEMANTICS.md).
@Suite struct TwoMountsTests {
  let cluster = MemoryCluster()

  @Test func closeToOpenAtTheFirstLook() throws {
    let a = TestMount(cluster)
    let b = TestMount(cluster)
    b.client.holdFeed()
    try a.put("/f", "one")
    #expect(try b.text("/f") == "one")
    try a.put("/f", "second version, longer")
    #expect(try b.text("/f") == "second version, longer")
    b.client.releaseFeed()
  }

  @Test func differentRegionsOfOneFileAreBothKept() throws {
    let a = TestMount(cluster)
    let b = TestMount(cluster)
    try a.put("/f", String(repeating: ".", count: 300))
    let first = try a.open("/f")
    let second = try b.open("/f")
    try a.write(first, "AAAA", at: 10)
    try b.write(second, "BBBB", at: 200)
    try a.close(first)
    try b.close(second)
    let text = try a.text("/f")
    #expect(text.count == 300)
    #expect(text.dropFirst(10).prefix(4) == "AAAA")
    #expect(text.dropFirst(200).prefix(4) == "BBBB")
    #expect(try b.text("/f") == text)
  }

  @Test func appendsFromTwoMountsAreAllThere() throws {
    let a = TestMount(cluster)
    let b = TestMount(cluster)
    try a.put("/log", "")
    let first = try a.open("/log", [.write, .append])
    let second = try b.open("/log", [.write, .append])
    for round in 0..<20 {
      try a.write(first, "a\(round);")
      try b.write(second, "b\(round);")
      try a.fs.sync(first, dataOnly: false, a.context)
      try b.fs.sync(second, dataOnly: false, b.context)
    }
    try a.close(first)
    try b.close(second)
    let records = try a.text("/log").split(separator: ";").map(String.init)
    #expect(records.count == 40)
    #expect(Set(records).count == 40)
    #expect(records.filter { $0.hasPrefix("a") } == (0..<20).map { "a\($0)" })
    #expect(records.filter { $0.hasPrefix("b") } == (0..<20).map { "b\($0)" })
  }

  @Test func chmodSurvivesAConcurrentWriter() throws {
    let a = TestMount(cluster)
    let b = TestMount(cluster)
    try a.put("/f", "x")
    let handle = try a.open("/f")
    try a.write(handle, "data")
    var changes = AttributeChanges()
    changes.permissions = 0o600
    _ = try b.fs.setAttributes(b.find("/f"), handle: nil, changes, b.context)
    try a.close(handle)
    #expect(try a.attributes("/f").mode.permissions == 0o600)
    #expect(try b.text("/f") == "data")
  }

  @Test func exclusiveCreateHasOneWinner() throws {
    let a = TestMount(cluster)
    let b = TestMount(cluster)
    let handle = try a.create("/lock", [.write, .exclusive])
    #expect(
      code { () throws(FSError) in _ = try b.create("/lock", [.write, .exclusive]) } == .exists)
    try a.close(handle)
  }

  @Test func plainCreatesOfOneNameMerge() throws {
    let a = TestMount(cluster)
    let b = TestMount(cluster)
    let first = try a.create("/f")
    let second = try b.create("/f")
    try a.write(first, "aaaa", at: 0)
    try b.write(second, "bbbb", at: 100)
    try a.close(first)
    try b.close(second)
    let text = try a.text("/f")
    #expect(text.count == 104)
    #expect(text.hasPrefix("aaaa"))
    #expect(text.hasSuffix("bbbb"))
  }

  @Test func aFileReplacedElsewhereIsStaleForAnOldInode() throws {
    let a = TestMount(cluster)
    let b = TestMount(cluster)
    try a.put("/f", "old")
    let inode = try b.find("/f")
    let old = try b.fs.open(inode, flags: [.read], b.context).handle
    b.client.holdFeed()
    try a.put("/g", "new")
    try a.rename("/g", "/f")
    #expect(
      code { () throws(FSError) in _ = try b.fs.open(inode, flags: [.read], b.context) } == .stale)
    #expect(try b.text("/f") == "new")
    b.fs.release(old, flockOwner: nil)
    b.client.releaseFeed()
  }

  @Test func deletedElsewhereIsGoneAtTheFirstLook() throws {
    let a = TestMount(cluster)
    let b = TestMount(cluster)
    try a.put("/f", "x")
    _ = try b.text("/f")
    b.client.holdFeed()
    try a.unlink("/f")
    #expect(code { () throws(FSError) in _ = try b.find("/f") } == .notFound)
    b.client.releaseFeed()
  }

  @Test func aNewFileShowsElsewhereWithoutFlush() throws {
    let a = TestMount(cluster) { $0.createDelaySeconds = 0.05 }
    let b = TestMount(cluster)
    let handle = try a.create("/f")
    let context = b.context
    while code({ () throws(FSError) in _ = try b.find("/f") }) == .notFound {
      try context.sleep(seconds: 0.02, "the new file")
    }
    try a.close(handle)
  }
}
