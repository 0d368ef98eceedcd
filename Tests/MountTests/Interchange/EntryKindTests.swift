import Glibc
import SwfsCluster
import SwfsCore
import SwfsTestKit
import Testing

/// Entries as other writers leave them, made by hand through gRPC.
@Suite(.needsCluster) struct EntryKindTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func put(_ entry: Entry) throws {
    try Cluster.put(entry, in: scratch.filerPath)
    #expect(eventually { Posix.exists(scratch(entry.name.string)) })
  }

  private func bytes(_ value: UInt8, _ count: Int) -> [UInt8] {
    [UInt8](repeating: value, count: count)
  }

  @Test func ofOverlappingChunksTheLatestWins() throws {
    let chunks = [
      try Cluster.chunk(bytes(3, 400), at: 300, modified: 30),
      try Cluster.chunk(bytes(1, 1000), at: 0, modified: 10),
      try Cluster.chunk(bytes(2, 500), at: 100, modified: 20),
      try Cluster.chunk(bytes(4, 10), at: 1500, modified: 5),
    ]
    try put(Cluster.file("f", chunks: chunks))
    let expected =
      bytes(1, 100) + bytes(2, 200) + bytes(3, 400) + bytes(1, 300) + bytes(0, 500) + bytes(4, 10)
    #expect(try Posix.read(scratch("f")) == expected)
  }

  @Test func nestedManifestsAreExpandedBeforeChunksAreResolved() throws {
    let first = try (0..<4).map {
      try Cluster.chunk(bytes(UInt8($0 + 1), 1000), at: Int64($0) * 1000, modified: 10)
    }
    let second = try (4..<8).map {
      try Cluster.chunk(bytes(UInt8($0 + 1), 1000), at: Int64($0) * 1000, modified: 10)
    }
    let inner = [try Cluster.manifest(first), try Cluster.manifest(second)]
    let outer = try Cluster.manifest(inner)
    let patch = try Cluster.chunk(bytes(99, 100), at: 3950, modified: 20)
    try put(Cluster.file("f", chunks: [outer, patch]))
    var expected = (1...8).flatMap { bytes(UInt8($0), 1000) }
    expected.replaceSubrange(3950..<4050, with: bytes(99, 100))
    #expect(try Posix.read(scratch("f")) == expected)
    // Writing into it keeps everything else.
    let file = try Posix.open(scratch("f"), O_RDWR)
    try file.write(bytes(77, 50), at: 5000)
    try file.truncate(7500)
    try file.close()
    expected.replaceSubrange(5000..<5050, with: bytes(77, 50))
    #expect(try Posix.read(scratch("f")) == Array(expected[..<7500]))
    #expect(try Posix.read(scratch.onSecondMount("f")) == Array(expected[..<7500]))
  }

  @Test func missingManifestIsAnErrorAndNotZeros() throws {
    let leaf = try Cluster.chunk(bytes(1, 100), at: 0, modified: 1)
    var manifest = try Cluster.manifest([leaf])
    manifest.fid = manifest.fid.map {
      FileID(volume: $0.volume, key: $0.key + 5_000_000, cookie: 1)
    }
    try put(Cluster.file("f", chunks: [manifest]))
    #expect(throws: PosixError(EIO)) { _ = try Posix.read(scratch("f")) }
  }

  @Test(arguments: [false, true])
  func compressedAndEncryptedChunks(gzip: Bool) throws {
    var random = SeededRandom(seed: 12)
    let text = Array(String(repeating: "text that shrinks ", count: 20_000).utf8)
    let noise = random.bytes(count: 300_000)
    let chunks = [
      try Cluster.encryptedChunk(text, at: 0, modified: 1, gzip: gzip),
      try Cluster.encryptedChunk(noise, at: Int64(text.count), modified: 2),
      try Cluster.chunk(text, at: Int64(text.count + noise.count), modified: 3, gzip: gzip),
    ]
    try put(Cluster.file("f", chunks: chunks))
    #expect(try Posix.read(scratch("f")) == text + noise + text)
    let file = try Posix.open(scratch("f"), O_RDONLY)
    #expect(
      try file.read(100, at: text.count - 50)
        == Array((text + noise)[(text.count - 50)..<(text.count + 50)]))
  }

  @Test func chunkShorterThanItsNeedle() throws {
    var chunk = try Cluster.chunk(bytes(1, 1000), at: 0, modified: 1)
    chunk.size = 300
    var entry = Cluster.file("f", chunks: [chunk])
    entry.attributes.fileSize = 500
    try put(entry)
    #expect(try Posix.read(scratch("f")) == bytes(1, 300) + bytes(0, 200))
  }

  @Test func goStyleModesAndMissingTimes() throws {
    var entry = Cluster.file("f", mode: 0o755 | 1 << 23 | 1 << 22)
    entry.attributes.ctime = -62_135_596_800
    entry.attributes.mtime = 1_000_000
    entry.attributes.mtimeNanoseconds = 5
    try put(entry)
    let status = try Posix.stat(scratch("f"))
    #expect(status.permissions == 0o6755)
    #expect(status.ctime == Timestamp(seconds: 1_000_000, nanoseconds: 5))
    #expect(status.atime.seconds == 1_000_000)
  }

  @Test func unknownExtendedKeysSurviveOurChanges() throws {
    var entry = Cluster.file("f", chunks: [try Cluster.chunk(bytes(1, 10), at: 0, modified: 1)])
    entry.extended = ["X-Amz-Meta-Owner": [1, 2], "Seaweed-Tag": [3], "xattr-user.k": [4]]
    try put(entry)
    #expect(try Posix.listXattrs(scratch("f")) == ["user.k"])
    try Posix.chmod(scratch("f"), 0o600)
    try Posix.setXattr(scratch("f"), "user.k", [5])
    let file = try Posix.open(scratch("f"), O_WRONLY | O_APPEND)
    try file.write([2])
    try file.close()
    let stored = try Cluster.client().current(
      Cluster.path(scratch.filerPath + "/f"), Cluster.context)
    #expect(stored.extended["X-Amz-Meta-Owner"] == [1, 2])
    #expect(stored.extended["Seaweed-Tag"] == [3])
    #expect(stored.extended["xattr-user.k"] == [5])
  }

  @Test func expiredFileIsGone() throws {
    var entry = Cluster.file("f")
    entry.attributes.ttlSeconds = 60
    entry.attributes.crtime = Timestamp.now.seconds - 120
    try Cluster.put(entry, in: scratch.filerPath)
    try Posix.write(scratch("other"), "x")
    #expect(throws: PosixError(ENOENT)) { try Posix.stat(scratch("f")) }
    #expect(try Posix.names(scratch.path) == ["other"])
  }

  @Test func filePromotedToADirectory() throws {
    try put(Cluster.file("f", chunks: [try Cluster.chunk(bytes(1, 10), at: 0, modified: 1)]))
    // HTTP clients may put a file below a file.
    try Cluster.upload(bytes(2, 20), to: scratch.filerPath + "/f/inner")
    #expect(eventually { (try? Posix.stat(scratch("f")).type) == S_IFDIR })
    #expect(try Posix.names(scratch("f")) == ["inner"])
    #expect(try Posix.read(scratch("f/inner")) == bytes(2, 20))
    try Posix.unlink(scratch("f/inner"))
    try Posix.rmdir(scratch("f"))
  }

  @Test func absurdSizeIsAnErrorForThatEntryOnly() throws {
    try Posix.write(scratch("good"), "x")
    var entry = Cluster.file("bad")
    entry.attributes.fileSize = UInt64.max
    try Cluster.put(entry, in: scratch.filerPath)
    #expect(try Posix.readText(scratch("good")) == "x")
    #expect(eventually { (try? Posix.names(scratch.path).contains("good")) ?? false })
    #expect(throws: PosixError(EIO)) { try Posix.stat(scratch("bad")) }
  }

  @Test func equalStoredInodesAreDifferentFiles() throws {
    for name in ["a", "b"] {
      var entry = Cluster.file(name)
      entry.attributes.inode = 4711
      try put(entry)
    }
    #expect(try Posix.stat(scratch("a")).inode != Posix.stat(scratch("b")).inode)
    let listed = try Command.check(["find", scratch.path, "-type", "f"])
    #expect(listed.split(separator: "\n").count == 2)
  }
}
