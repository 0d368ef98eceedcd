import Foundation
import Glibc
import SwfsCluster
import SwfsCore
import SwfsTestKit
import Testing

/// Files that go in through a filer's HTTP and come out of the mount, and the other way round.
@Suite(.needsCluster) struct FilerHTTPTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test(arguments: [0, 1, 1000, 1_048_576, 5_000_001])
  func uploadedBytesAreReadInTheMount(count: Int) throws {
    var random = SeededRandom(seed: UInt64(count))
    let bytes = random.bytes(count: count)
    try Cluster.upload(bytes, to: scratch.filerPath + "/f", query: "?maxMB=1")
    #expect(eventually { Posix.exists(scratch("f")) })
    #expect(try Posix.read(scratch("f")) == bytes)
    #expect(try Posix.stat(scratch("f")).size == count)
    // Overwritten through HTTP, read again.
    let second = random.bytes(count: count / 2)
    try Cluster.upload(second, to: scratch.filerPath + "/f")
    #expect(try Posix.read(scratch("f")) == second)
  }

  @Test func inlineContentIsReadAndCanBeChanged() throws {
    var entry = Cluster.file("f")
    entry.content = Array("inline".utf8)
    try Cluster.put(entry, in: scratch.filerPath)
    #expect(eventually { Posix.exists(scratch("f")) })
    #expect(try Posix.readText(scratch("f")) == "inline")
    let file = try Posix.open(scratch("f"), O_RDWR)
    try file.write("IN", at: 0)
    try file.write("!", at: 8)
    try file.close()
    let expected = Array("INline".utf8) + [0, 0] + Array("!".utf8)
    #expect(try Posix.read(scratch("f")) == expected)
    #expect(try Posix.read(scratch.onSecondMount("f")) == expected)
  }

  @Test func textThatServersCompressIsRead() throws {
    let text = String(repeating: "compressible text\n", count: 50_000)
    try Command.check(
      [
        "curl", "-sSf", "-F", "file=@-;filename=f.txt;type=text/plain",
        Cluster.url(scratch.filerPath + "/f.txt"),
      ], input: Array(text.utf8))
    #expect(eventually { Posix.exists(scratch("f.txt")) })
    #expect(try Posix.readText(scratch("f.txt")) == text)
    let file = try Posix.open(scratch("f.txt"), O_RDONLY)
    #expect(try file.read(17, at: 180_000) == Array("compressible text".utf8))
  }

  @Test func writtenBytesAreDownloadedFromEveryFiler() throws {
    var random = SeededRandom(seed: 77)
    let bytes = random.bytes(count: 9_500_000)
    try Posix.write(scratch("f"), bytes)
    let file = try Posix.open(scratch("f"), O_RDWR)
    try file.write("overwritten in the middle", at: 4_194_290)
    try file.write("after a hole", at: 12_000_000)
    try file.close()
    let expected = try Posix.read(scratch("f"))
    #expect(expected.count == 12_000_012)
    for filer in MountFixture.filers.indices {
      let local = NSTemporaryDirectory() + "/swfs-download-\(UUID().uuidString)"
      defer { unlink(local) }
      try Cluster.download(scratch.filerPath + "/f", filer: filer, into: local)
      #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: local))) == expected)
    }
  }

  @Test func namesTravelThroughHTTP() throws {
    let name = "a name with ü & 日本"
    try Posix.write(scratch(name), "x")
    let listing = try Command.check([
      "curl", "-sSf", "-H", "Accept: application/json", Cluster.url(scratch.filerPath + "/"),
    ])
    #expect(listing.contains("日本"))
    try Command.check(["curl", "-sSf", "-X", "DELETE", Cluster.url(scratch.filerPath + "/" + name)])
    #expect(eventually { !Posix.exists(scratch(name)) })
  }

  @Test func filerCatPrintsWhatWasWritten() throws {
    try Posix.write(scratch("f"), "for filer.cat\n")
    let output = try Command.check(["weed", "filer.cat", Cluster.url(scratch.filerPath + "/f")])
    #expect(output == "for filer.cat\n")
  }
}
