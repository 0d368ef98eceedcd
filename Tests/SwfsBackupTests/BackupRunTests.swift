import SwfsCore
import SwfsTestKit
import Synchronization
import Testing

@testable import SwfsBackup

@Suite struct BackupRunTests {
  @Test func everythingIsThereAndSound() throws {
    let (cluster, files) = try Fixture.cluster()
    let store = MemoryStore()
    _ = try Fixture.create(store)
    let result = try Fixture.backup(cluster, store)
    #expect(result.stored.snapshot.isWhole)
    #expect(result.stored.snapshot.counts.files == UInt64(files.count))
    #expect(result.stored.snapshot.counts.directories == 2)
    #expect(result.stored.snapshot.lsn == "0/16B3748")
    #expect(try Fixture.contents(store) == files)
    let check = try Fixture.check(store)
    #expect(check.problems == [])
    #expect(check.notes == [])
    #expect(check.packsRead == check.packs)
    #expect(store.objects[ObjectName.lock] == nil)
    #expect(store.objects[ObjectName.vacuum] == nil)
  }

  @Test func secondRunReadsOnlyNewNeedles() throws {
    let (cluster, _) = try Fixture.cluster()
    let store = MemoryStore()
    _ = try Fixture.create(store)
    try Fixture.backup(cluster, store)
    let before = cluster.fetched.count
    let packs = store.names("packs").count
    let second = try Fixture.backup(cluster, store)
    #expect(cluster.fetched.count == before)
    #expect(second.newBlocks == 0)
    #expect(store.names("packs").count == packs)
    try cluster.putFile("/a/new", [1, 2, 3])
    let third = try Fixture.backup(cluster, store)
    #expect(cluster.fetched.count == before + 1)
    #expect(third.stored.snapshot.counts.addedNeedles == 1)
    #expect(try Fixture.contents(store)["/a/new"] == [1, 2, 3])
    #expect(try Fixture.check(store).isSound)
  }

  @Test func equalContentsAreKeptOnce() throws {
    let cluster = SmallCluster()
    let bytes = [UInt8](repeating: 5, count: 100)
    for number in 0..<50 { try cluster.putFile(EntryPath(unchecked: "/f\(number)"), bytes) }
    let store = MemoryStore()
    _ = try Fixture.create(store)
    try Fixture.backup(cluster, store)
    // One blob for the needles, one for the rows.
    #expect(try Fixture.open(store).index.withLock { $0.blobCount } == 2)
    #expect(try Fixture.contents(store).count == 50)
    let before = cluster.fetched.count
    try cluster.putFile("/other", [1])
    try Fixture.backup(cluster, store)
    #expect(cluster.fetched.count == before + 1)
  }

  @Test func anotherClusterSharesNoFileIDs() throws {
    let (one, other) = (SmallCluster(), SmallCluster())
    try one.putFile("/f", [1])
    try other.putFile("/f", [2])
    let store = MemoryStore()
    _ = try Fixture.create(store)
    let first = try Fixture.backup(one, store, id: "one")
    try Fixture.backup(other, store, id: "other")
    #expect(try Fixture.contents(store) == ["/f": [2]])
    #expect(try Fixture.contents(store, first.stored.id.hex) == ["/f": [1]])
  }

  @Test func missingNeedleIsNamedAndTheRestIsKept() throws {
    let (cluster, files) = try Fixture.cluster()
    try cluster.put(
      "/a/broken",
      SmallCluster.entry(
        chunks: [
          Chunk(
            fid: FileID(volume: 9, key: 9, cookie: 9), offset: 0, size: 4, modifiedNanoseconds: 1)
        ]))
    let store = MemoryStore()
    _ = try Fixture.create(store)
    let result = try Fixture.backup(cluster, store)
    #expect(result.stored.snapshot.missing.map(\.path) == ["/a/broken"])
    #expect(!result.stored.snapshot.isWhole)
    #expect(try Fixture.check(store).isSound)
    // Such a snapshot vouches for nothing: its blocks are looked into again.
    let second = try Fixture.backup(cluster, store)
    #expect(second.stored.snapshot.missing.count == 1)
    #expect(second.stored.snapshot.counts.files == UInt64(files.count) + 1)
  }

  @Test func needleShorterThanItsChunkIsMissing() throws {
    let cluster = SmallCluster()
    var chunk = cluster.chunk([1, 2, 3])
    chunk.size = 9
    try cluster.put("/f", SmallCluster.entry(chunks: [chunk]))
    let store = MemoryStore()
    _ = try Fixture.create(store)
    #expect(try Fixture.backup(cluster, store).stored.snapshot.missing.count == 1)
  }

  @Test func trimmedChunkKeepsItsWholeNeedle() throws {
    let cluster = SmallCluster()
    var chunk = cluster.chunk([1, 2, 3, 4])
    chunk.size = 2
    try cluster.put("/f", SmallCluster.entry(chunks: [chunk]))
    let store = MemoryStore()
    _ = try Fixture.create(store)
    try Fixture.backup(cluster, store)
    #expect(try Fixture.contents(store) == ["/f": [1, 2]])
  }

  @Test func manifestsAreFollowedToTheLeaves() throws {
    let cluster = SmallCluster()
    let leaves = [cluster.chunk([1, 2], at: 0), cluster.chunk([3, 4], at: 2)]
    var inner = cluster.chunk(ChunkManifest.bytes(of: leaves))
    inner.isManifest = true
    var outer = cluster.chunk(ChunkManifest.bytes(of: [inner]))
    outer.isManifest = true
    outer.size = 4
    try cluster.put("/f", SmallCluster.entry(chunks: [outer, cluster.chunk([5], at: 4)]))
    let store = MemoryStore()
    _ = try Fixture.create(store)
    try Fixture.backup(cluster, store)
    #expect(cluster.fetched.count == 5)
    #expect(try Fixture.contents(store) == ["/f": [1, 2, 3, 4, 5]])
    let check = try Fixture.check(store)
    #expect(check.isSound)
    #expect(check.needles == 5)
    // Known manifests are read out of the repository.
    try cluster.putFile("/g", [9])
    try Fixture.backup(cluster, store)
    #expect(cluster.fetched.count == 6)
  }

  @Test func truthOfHardLinksIsBackedUp() throws {
    let cluster = SmallCluster()
    let id = [UInt8](repeating: 0x5a, count: 16) + [1]
    var stale = SmallCluster.entry(chunks: [])
    stale.hardLinkID = id
    stale.hardLinkCounter = 2
    var truth = stale
    truth.chunks = [cluster.chunk([7, 7, 7])]
    try cluster.put("/x", stale)
    try cluster.put("/y", stale)
    cluster.putValue(id, EntryEncoder.bytes(of: truth))
    cluster.putValue(Array("filer.store.id".utf8), [0, 0, 0, 9])
    let store = MemoryStore()
    _ = try Fixture.create(store)
    let result = try Fixture.backup(cluster, store)
    #expect(result.stored.snapshot.counts.keyValueRows == 2)
    #expect(result.stored.snapshot.missing == [])
    #expect(try Fixture.contents(store) == ["/x": [7, 7, 7], "/y": [7, 7, 7]])
  }

  @Test func expiredEntriesAndFilerLogsAreLeftOut() throws {
    let cluster = SmallCluster()
    var old = SmallCluster.entry()
    old.attributes.ttlSeconds = 60
    try cluster.put("/old", old)
    try cluster.putFile("/topics/.system/log/2026-01-01/12-00.0a0b0c0d", [1])
    try cluster.putFile("/topics/kept", [2])
    let store = MemoryStore()
    _ = try Fixture.create(store)
    try Fixture.backup(cluster, store)
    #expect(try Fixture.contents(store) == ["/topics/kept": [2]])
  }

  @Test func vacuumIsOffWhileNeedlesAreReadAndOnAfterwards() throws {
    let (cluster, _) = try Fixture.cluster()
    let store = MemoryStore()
    _ = try Fixture.create(store)
    try Fixture.backup(cluster, store)
    #expect(cluster.state.withLock { $0.wasVacuumOffDuringFetches })
    #expect(cluster.isVacuumOn)
  }

  @Test func vacuumLeftOffByADeadRunIsSwitchedOnFirst() throws {
    let (cluster, _) = try Fixture.cluster()
    let store = MemoryStore()
    _ = try Fixture.create(store)
    cluster.state.withLock { $0.failsToEnable = true }
    let first = try Fixture.backup(cluster, store)
    #expect(first.vacuumTrouble != nil)
    #expect(!cluster.isVacuumOn)
    #expect(store.objects[ObjectName.vacuum] != nil)
    // As long as no master can be told, no further run begins.
    #expect(throws: FSError.self) { try Fixture.backup(cluster, store) }
    cluster.state.withLock { $0.failsToEnable = false }
    let second = try Fixture.backup(cluster, store)
    #expect(second.repairedVacuum)
    #expect(cluster.isVacuumOn)
    #expect(store.objects[ObjectName.vacuum] == nil)
  }

  @Test func wrongPasswordAndNoRepositoryAreToldApart() throws {
    let store = MemoryStore()
    let nothing = #expect(throws: FSError.self) { try Fixture.open(store) }
    #expect(nothing?.code == .notFound)
    _ = try Fixture.create(store)
    let wrong = #expect(throws: FSError.self) {
      try Repository.open(store, password: [UInt8]("wrong".utf8))
    }
    #expect(wrong?.code == .accessDenied)
    let twice = #expect(throws: FSError.self) { try Fixture.create(store) }
    #expect(twice?.code == .exists)
  }

  @Test func bandwidthLimitSlowsDown() throws {
    let limit = BandwidthLimit(bytesPerSecond: 1_000_000)
    let begun = Deadline.now
    for _ in 0..<3 { try limit.take(100_000, Fixture.context) }
    // The first one is free, the others wait for those before.
    #expect(Deadline.now - begun >= 190_000_000)
  }
}
