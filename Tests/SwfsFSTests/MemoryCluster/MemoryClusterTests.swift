import SwfsCore
import SwfsTestKit
import Testing

/// The in-memory cluster has to be as strict as the real one: these are the facts that operations
/// are tested against.
@Suite struct MemoryClusterTests {
  let cluster = MemoryCluster()
  let context = OperationContext.background(seconds: 60)

  private func file(_ name: EntryName, chunks: [Chunk] = []) -> Entry {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: .regular, permissions: 0o644)
    attributes.crtime = 1_700_000_000
    attributes.mtime = 1_700_000_000
    return Entry(name: name, attributes: attributes, chunks: chunks)
  }

  private func read(_ chunk: Chunk, _ client: MemoryClient) throws(FSError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(chunk.size), alignment: 1)
    defer { buffer.deallocate() }
    try client.read(chunk, needleOffset: 0, into: buffer, context)
    return Array(buffer)
  }

  private func code(_ body: () throws(FSError) -> Void) -> FSError.Code? {
    do throws(FSError) {
      try body()
      return nil
    } catch { return error.code }
  }

  @Test func needlesMissingFromTheNewChunkListAreFreed() throws {
    let client = cluster.makeClient()
    let first = try cluster.storeChunk([1, 2, 3], offset: 0, modifiedNanoseconds: 1)
    let second = try cluster.storeChunk([4], offset: 3, modifiedNanoseconds: 2)
    try client.create(file("f", chunks: [first, second]), in: "/", precondition: .absent, context)
    var entry = try client.lookup("/f", context)
    entry.chunks = [second]
    try client.update(entry, in: "/", precondition: .none, context)
    #expect(code { () throws(FSError) in _ = try read(first, client) } == .chunkMissing)
    #expect(try read(second, client) == [4])
    #expect(cluster.orphanedNeedles.isEmpty && cluster.lostNeedles.isEmpty)
  }

  @Test func ofOverlappingChunksWithEqualTimestampsOneIsLost() throws {
    let client = cluster.makeClient()
    let first = try cluster.storeChunk([1, 2, 3], offset: 0, modifiedNanoseconds: 7)
    let second = try cluster.storeChunk([4, 5], offset: 2, modifiedNanoseconds: 7)
    try client.create(file("f", chunks: [first, second]), in: "/", precondition: .none, context)
    #expect(try client.lookup("/f", context).chunks == [first])
    #expect(cluster.needleCount == 1)
  }

  @Test func coveredChunksAreDropped() throws {
    let client = cluster.makeClient()
    let old = try cluster.storeChunk([1, 2], offset: 1, modifiedNanoseconds: 1)
    let new = try cluster.storeChunk([9, 9, 9, 9], offset: 0, modifiedNanoseconds: 2)
    try client.create(file("f", chunks: [old, new]), in: "/", precondition: .none, context)
    #expect(try client.lookup("/f", context).chunks == [new])
  }

  @Test func guardedWriteLosesAgainstTheFasterOne() throws {
    let slow = cluster.makeClient()
    let fast = cluster.makeClient()
    try slow.create(file("f"), in: "/", precondition: .absent, context)
    let seen = try slow.current("/f", context)
    var changed = seen
    changed.attributes.uid = 7
    try fast.update(changed, in: "/", precondition: .equal(seen), context)
    changed.attributes.uid = 8
    #expect(
      code { () throws(FSError) in
        try slow.update(changed, in: "/", precondition: .equal(seen), context)
      } == .preconditionFailed)
    #expect(
      code { () throws(FSError) in
        try slow.create(file("f"), in: "/", precondition: .absent, context)
      } == .exists)
    #expect(try slow.current("/f", context).attributes.uid == 7)
  }

  @Test func everyNameOfALinkedFileShowsTheLatestContent() throws {
    let client = cluster.makeClient()
    let chunk = try cluster.storeChunk([1], offset: 0, modifiedNanoseconds: 1)
    var entry = file("a", chunks: [chunk])
    entry.hardLinkID = [1, 2, 3]
    entry.hardLinkCounter = 2
    try client.create(entry, in: "/", precondition: .absent, context)
    entry.name = "b"
    try client.create(entry, in: "/", precondition: .absent, context)
    var changed = try client.current("/b", context)
    changed.attributes.uid = 42
    try client.update(changed, in: "/", precondition: .none, context)
    #expect(try client.lookup("/a", context).attributes.uid == 42)
    try client.delete("/b", recursive: false, freeChunks: true, context)
    #expect(try client.lookup("/a", context).hardLinkCounter == 1)
    #expect(try read(chunk, client) == [1])
    try client.delete("/a", recursive: false, freeChunks: true, context)
    #expect(cluster.needleCount == 0)
  }

  @Test func createKeepsBirthTimeAndInodeOfWhatWasThere() throws {
    let client = cluster.makeClient()
    try client.create(file("f"), in: "/", precondition: .absent, context)
    let old = try client.lookup("/f", context)
    var new = file("f")
    new.attributes.crtime = 5
    new.attributes.inode = 99
    try client.create(new, in: "/", precondition: .none, context)
    let stored = try client.lookup("/f", context)
    #expect(stored.attributes.crtime == old.attributes.crtime)
    #expect(stored.attributes.inode == old.attributes.inode)
  }

  @Test func missingParentsAreMadeAndAFileInTheWayBecomesADirectory() throws {
    let client = cluster.makeClient()
    try client.create(file("f"), in: "/a/b", precondition: .absent, context)
    #expect(try client.lookup("/a", context).attributes.mode.permissions == 0o755)
    try client.create(file("g"), in: "/a/b/f", precondition: .absent, context)
    let promoted = try client.lookup("/a/b/f", context)
    #expect(promoted.attributes.mode.kind == .directory)
    #expect(promoted.extended["x-seaweedfs-prefix-object"] != nil)
  }

  @Test func renameMovesTheSubtreeAndReplacesAFile() throws {
    let client = cluster.makeClient()
    let chunk = try cluster.storeChunk([1], offset: 0, modifiedNanoseconds: 1)
    try client.create(file("f"), in: "/a/b", precondition: .absent, context)
    try client.create(file("x", chunks: [chunk]), in: "/", precondition: .absent, context)
    try client.rename("/a/b/f", to: "/x", context)
    #expect(cluster.needleCount == 0)
    try client.rename("/x", to: "/a/b/f", context)
    try client.rename("/a", to: "/z", context)
    #expect(try client.lookup("/z/b/f", context).name == "f")
    #expect(try cluster.entry("/a/b") == nil)
    #expect(
      code { () throws(FSError) in try client.rename("/z", to: "/z/b/q", context) }
        == .invalidArgument)
    #expect(
      code { () throws(FSError) in try client.rename("/no", to: "/q", context) } == .notFound)
    try client.create(file("g"), in: "/y", precondition: .absent, context)
    #expect(code { () throws(FSError) in try client.rename("/z", to: "/y", context) } == .notEmpty)
  }

  @Test func expiredEntriesAreGoneAtTheNextLook() throws {
    let client = cluster.makeClient()
    var entry = file("f")
    entry.attributes.crtime = cluster.clock.now.seconds
    entry.attributes.ttlSeconds = 60
    try client.create(entry, in: "/", precondition: .absent, context)
    #expect(try client.list("/", after: nil, limit: 10, context).rows.count == 1)
    cluster.clock.advance(seconds: 62)
    #expect(try client.list("/", after: nil, limit: 10, context).rows.isEmpty)
    #expect(code { () throws(FSError) in _ = try client.lookup("/f", context) } == .notFound)
  }

  @Test func listingPagesInByteOrderAndKeepsTheNeighboursOfACorruptRow() throws {
    let client = cluster.makeClient()
    for name in ["b", "a", "Z", "é", "~"] as [EntryName] {
      try client.create(file(name), in: "/", precondition: .absent, context)
    }
    cluster.corruptRow("/b")
    let first = try client.list("/", after: nil, limit: 3, context)
    #expect(first.rows.map(\.name.string) == ["Z", "a", "b"])
    #expect(first.rows[2].content == .corrupt(reason: "truncated protobuf"))
    #expect(!first.isLast)
    let rest = try client.list("/", after: first.lastName, limit: 3, context)
    #expect(rest.rows.map(\.name.string) == ["~", "é"])
    #expect(rest.isLast)
    #expect(code { () throws(FSError) in _ = try client.lookup("/b", context) } == .corrupt)
  }

  @Test func manyChunksBecomeNestedManifests() throws {
    let small = MemoryCluster(manifestBatch: 3)
    let client = small.makeClient()
    var chunks: [Chunk] = []
    for index in 0..<7 {
      chunks.append(
        try small.storeChunk(
          [UInt8(index)], offset: Int64(index), modifiedNanoseconds: Int64(index + 1)))
    }
    try client.create(file("f", chunks: chunks), in: "/", precondition: .absent, context)
    var entry = try client.lookup("/f", context)
    #expect(entry.chunks.filter(\.isManifest).count == 2 && entry.chunks.count == 3)
    let nested = try small.storeManifest(of: entry.chunks)
    #expect(
      try client.expandManifests([nested], context).map(\.offset).sorted() == Array(0..<7))
    entry.chunks = [nested]
    try client.update(entry, in: "/", precondition: .none, context)
    #expect(small.lostNeedles.isEmpty)
    try client.delete("/f", recursive: false, freeChunks: true, context)
    #expect(small.needleCount == 0)
  }

  @Test func feedsHearOthersButNotThemselves() throws {
    let one = cluster.makeClient()
    let two = cluster.makeClient()
    let heard = Monitor<[Int: [String]]>([:])
    for (number, client) in [1: one, 2: two] {
      client.start { message in
        let text =
          switch message {
          case .change(let event): event.newEntry?.name.string ?? "-"
          case .interrupted: "interrupted"
          case .resumed: "resumed"
          }
        heard.update { $0[number, default: []].append(text) }
      }
    }
    try one.create(file("f"), in: "/", precondition: .absent, context)
    #expect(cluster.settle())
    two.breakFeed()
    try one.create(file("unheard"), in: "/", precondition: .absent, context)
    two.resumeFeed()
    try one.delete("/f", recursive: false, freeChunks: true, context)
    #expect(cluster.settle())
    #expect(heard.withLock { $0 } == [2: ["f", "interrupted", "resumed", "-"]])
    one.disconnect()
    two.disconnect()
  }

  @Test func plannedFaultsHitTheCallTheyAreMeantFor() throws {
    let client = cluster.makeClient()
    client.faults.add(.fail(.unavailable), to: .create, call: 2)
    client.faults.add(.loseAnswer(.timedOut), to: .delete)
    try client.create(file("a"), in: "/", precondition: .absent, context)
    #expect(
      code { () throws(FSError) in
        try client.create(file("b"), in: "/", precondition: .absent, context)
      } == .unavailable)
    #expect(try cluster.entry("/b") == nil)
    #expect(
      code { () throws(FSError) in
        try client.delete("/a", recursive: false, freeChunks: true, context)
      } == .timedOut)
    #expect(try cluster.entry("/a") == nil)
    #expect(client.faults.hits == 2 && client.faults.calls(of: .create) == 2)
  }

  @Test func blockedCallGoesOnWhenTheGateOpensAndEndsWhenInterrupted() throws {
    let client = cluster.makeClient()
    let gate = Gate()
    client.faults.addForever(.block(gate), to: .lookup)
    let call = OperationContext.background(seconds: 60)
    let ended = Monitor<[FSError.Code]>([])
    startThread("blocked") {
      do throws(FSError) {
        _ = try client.lookup("/x", call)
      } catch { ended.update { $0.append(error.code) } }
    }
    #expect(gate.waitForArrivals())
    call.interrupt()
    let first = ended.wait(until: Deadline(secondsFromNow: 30)) { $0.first }
    #expect(first == .interrupted)
    gate.open()
    #expect(code { () throws(FSError) in _ = try client.lookup("/x", context) } == .notFound)
  }

  @Test func locksOfTwoMountsSeeEachOther() throws {
    let one = cluster.makeClient()
    let two = cluster.makeClient()
    func lock(_ kind: AdvisoryLock.Kind, _ start: UInt64, _ end: UInt64) -> AdvisoryLock {
      AdvisoryLock(start: start, end: end, kind: kind, owner: 1, pid: 1, isFlock: false)
    }
    #expect(try one.tryLock("k", lock(.write, 0, 99), context) == .granted)
    #expect(try one.tryLock("k", lock(.unlock, 10, 19), context) == .granted)
    #expect(try two.tryLock("k", lock(.write, 10, 19), context) == .granted)
    #expect(try two.tryLock("k", lock(.read, 0, 5), context) == .conflict(lock(.write, 0, 9)))
    one.disconnect()
    #expect(try two.tryLock("k", lock(.read, 0, 5), context) == .granted)
    try two.releaseOwner("k", owner: 1, isFlock: false, context)
    #expect(cluster.heldLocks == 0)
  }
}
