import SwfsCore
import SwfsFS
import SwfsTestKit
import Testing

@Suite struct OneMountTests {
  let cluster = MemoryCluster()

  @Test func writtenBytesReadBackAcrossChunks() throws {
    let mount = TestMount(cluster, chunkBytes: 16)
    let text = (0..<500).map { "\($0)," }.joined()
    try mount.put("/f", text)
    #expect(try mount.text("/f") == text)
    #expect(try TestMount(cluster).text("/f") == text)
  }

  @Test func holesReadAsZeros() throws {
    let mount = TestMount(cluster, chunkBytes: 16)
    let handle = try mount.create("/f")
    try mount.write(handle, "end", at: 100)
    var expected = [UInt8](repeating: 0, count: 100)
    expected += Array("end".utf8)
    #expect(try mount.read(handle) == expected)
    try mount.close(handle)
    #expect(try Array(mount.text("/f").utf8) == expected)
  }

  @Test func overwritesWinInOrder() throws {
    let mount = TestMount(cluster, chunkBytes: 16)
    let handle = try mount.create("/f")
    try mount.write(handle, String(repeating: "a", count: 64))
    try mount.fs.sync(handle, dataOnly: false, mount.context)
    try mount.write(handle, "bbbb", at: 14)
    try mount.write(handle, "cc", at: 15)
    let expected = String(repeating: "a", count: 14) + "bccb" + String(repeating: "a", count: 46)
    #expect(try mount.read(handle) == Array(expected.utf8))
    try mount.close(handle)
    #expect(try mount.text("/f") == expected)
  }

  @Test func truncateDropsBytesForGood() throws {
    let mount = TestMount(cluster, chunkBytes: 16)
    let handle = try mount.create("/f")
    try mount.write(handle, String(repeating: "a", count: 50))
    var down = AttributeChanges()
    down.size = 5
    _ = try mount.fs.setAttributes(mount.find("/f"), handle: handle, down, mount.context)
    var up = AttributeChanges()
    up.size = 40
    _ = try mount.fs.setAttributes(mount.find("/f"), handle: handle, up, mount.context)
    var expected = Array("aaaaa".utf8)
    expected += [UInt8](repeating: 0, count: 35)
    #expect(try mount.read(handle) == expected)
    try mount.close(handle)
    #expect(try Array(mount.text("/f").utf8) == expected)
  }

  @Test func anUnlinkedOpenFileLivesOn() throws {
    let mount = TestMount(cluster, chunkBytes: 16)
    try mount.put("/f", "hello, this is more than a chunk")
    let handle = try mount.open("/f")
    try mount.unlink("/f")
    #expect(code { () throws(FSError) in _ = try mount.find("/f") } == .notFound)
    #expect(try mount.read(handle) == Array("hello, this is more than a chunk".utf8))
    try mount.write(handle, "HELLO")
    try mount.fs.sync(handle, dataOnly: false, mount.context)
    #expect(try mount.read(handle, count: 5) == Array("HELLO".utf8))
    try mount.close(handle)
    #expect(try cluster.entry("/f") == nil)
  }

  @Test func aNewFileIsListedRenamedAndRemovedBeforeItsFirstFlush() throws {
    let mount = TestMount(cluster) { $0.createDelaySeconds = 1000 }
    let handle = try mount.create("/a")
    try mount.write(handle, "x")
    #expect(try mount.names("/") == ["a"])
    try mount.rename("/a", "/b")
    #expect(try mount.names("/") == ["b"])
    try mount.close(handle)
    #expect(try mount.text("/b") == "x")
    let second = try mount.create("/c")
    try mount.unlink("/c")
    try mount.close(second)
    #expect(try mount.names("/") == ["b"])
  }

  @Test func hardLinksShareBytesAndCount() throws {
    let mount = TestMount(cluster)
    try mount.put("/a", "one")
    let linked = try mount.fs.link(mount.find("/a"), .root, "b", mount.context)
    #expect(linked.attributes.linkCount == 2)
    #expect(try mount.find("/a") == linked.inode)
    try mount.put("/b", "two")
    #expect(try mount.text("/a") == "two")
    try mount.unlink("/a")
    #expect(try mount.attributes("/b").linkCount == 1)
    #expect(try mount.text("/b") == "two")
  }

  @Test func renameOverAnOpenFileKeepsTheOldBytesReadable() throws {
    let mount = TestMount(cluster)
    try mount.put("/old", "old")
    try mount.put("/new", "new")
    let handle = try mount.open("/old", [.read])
    try mount.rename("/new", "/old")
    #expect(try mount.text("/old") == "new")
    mount.fs.release(handle, flockOwner: nil)
  }

  @Test func noReplaceRefusesAndExchangeIsRefusedHonestly() throws {
    let mount = TestMount(cluster)
    try mount.put("/a", "a")
    try mount.put("/b", "b")
    #expect(
      code { () throws(FSError) in try mount.rename("/a", "/b", flags: .noReplace) } == .exists)
    #expect(
      code { () throws(FSError) in try mount.rename("/a", "/b", flags: .exchange) }
        == .invalidArgument)
    #expect(try mount.text("/a") == "a")
  }

  @Test func directoriesMoveWithWhatIsOpenInside() throws {
    let mount = TestMount(cluster) { $0.createDelaySeconds = 1000 }
    try mount.mkdir("/d")
    let handle = try mount.create("/d/f")
    try mount.write(handle, "x")
    try mount.rename("/d", "/e")
    try mount.write(handle, "yz", at: 1)
    try mount.close(handle)
    #expect(try mount.text("/e/f") == "xyz")
    #expect(try cluster.entry("/d") == nil)
  }

  @Test func punchedRangesReadAsZerosAndKeepNeighbours() throws {
    let mount = TestMount(cluster, chunkBytes: 16)
    try mount.put("/f", String(repeating: "a", count: 100))
    let handle = try mount.open("/f")
    try mount.fs.allocate(handle, mode: 3, offset: 10, length: 50, mount.context)
    var expected = [UInt8](repeating: 97, count: 100)
    for index in 10..<60 { expected[index] = 0 }
    #expect(try mount.read(handle) == expected)
    #expect(try mount.fs.seek(handle, offset: 16, whence: 4, mount.context) <= 32)
    try mount.close(handle)
    #expect(try Array(mount.text("/f").utf8) == expected)
  }

  @Test func closeReportsAFailedUploadAndALaterOneSucceeds() throws {
    let mount = TestMount(cluster)
    mount.client.faults.add(.fail(.noSpace), to: .upload, call: 1)
    let handle = try mount.create("/f")
    try mount.write(handle, "x")
    #expect(
      code { () throws(FSError) in try mount.fs.sync(handle, dataOnly: false, mount.context) }
        == .noSpace)
    try mount.close(handle)
    #expect(try mount.text("/f") == "x")
  }

  @Test func aCommitWhoseAnswerWasLostIsNotRepeatedTwice() throws {
    let mount = TestMount(cluster)
    try mount.put("/f", "one")
    let handle = try mount.open("/f", [.write, .append])
    try mount.write(handle, "+two", at: 3)
    mount.client.faults.add(.loseAnswer(.preconditionFailed), to: .update, call: 1)
    try mount.close(handle)
    #expect(try mount.text("/f") == "one+two")
  }

  @Test func writersWaitForMemoryAndLoseNothing() throws {
    let mount = TestMount(cluster, chunkBytes: 256 << 10, memory: 2 << 20)
    let handle = try mount.create("/f")
    let line = String(repeating: "0123456789abcdef", count: 4096)
    for round in 0..<160 { try mount.write(handle, line, at: Int64(round * line.utf8.count)) }
    try mount.close(handle)
    let reader = try mount.open("/f", [.read])
    for round in stride(from: 0, to: 160, by: 13) {
      let got = try mount.read(reader, at: Int64(round * line.utf8.count), count: line.utf8.count)
      #expect(got == Array(line.utf8))
    }
    mount.fs.release(reader, flockOwner: nil)
    #expect(mount.budget.used(for: .dirtyPages) == 0)
  }
}
