import Glibc
import SwfsCore
import SwfsTestKit
import Synchronization
import Testing

@testable import SwfsBackup

@Suite struct MaintenanceTests {
  @Test func pruneFreesWhatNoSnapshotReaches() throws {
    let cluster = SmallCluster()
    var random = SeededRandom(seed: 5)
    // Large enough for packs of both kinds of use.
    for number in 0..<40 {
      try cluster.putFile(
        EntryPath(unchecked: "/f\(number)"), random.bytes(count: 1 << 20))
    }
    let store = MemoryStore()
    _ = try Fixture.create(store)
    let first = try Fixture.backup(cluster, store)
    for number in 0..<30 { cluster.remove(EntryPath(unchecked: "/f\(number)")) }
    try Fixture.backup(cluster, store)
    let kept = try Fixture.contents(store)
    let repository = try Fixture.open(store)
    try repository.remove([first.stored])
    let lock = try RepositoryLock.acquire(repository, for: "prune")
    let before = store.objects.values.reduce(0) { $0 + $1.count }
    let plan = try Prune(repository).run(isDryRun: true, lock: lock, Fixture.context)
    #expect(store.objects.values.reduce(0) { $0 + $1.count } == before)
    let result = try Prune(repository).run(lock: lock, Fixture.context)
    lock.release()
    #expect(result == plan)
    let after = store.objects.values.reduce(0) { $0 + $1.count }
    #expect(after < before / 2)
    #expect(after > 10 << 20)
    #expect(try Fixture.contents(store) == kept)
    #expect(try Fixture.check(store).problems == [])
    #expect(try Fixture.check(store).notes == [])
    // What is kept is known: nothing is read again.
    let fetched = cluster.fetched.count
    try Fixture.backup(cluster, store)
    #expect(cluster.fetched.count == fetched)
  }

  @Test func aliasesSurvivePrune() throws {
    let cluster = SmallCluster()
    try cluster.putFile("/one", [1, 2, 3])
    let store = MemoryStore()
    _ = try Fixture.create(store)
    let first = try Fixture.backup(cluster, store)
    cluster.remove("/one")
    try cluster.putFile("/two", [1, 2, 3])
    try Fixture.backup(cluster, store)
    let repository = try Fixture.open(store)
    try repository.remove([first.stored])
    let lock = try RepositoryLock.acquire(repository, for: "prune")
    _ = try Prune(repository).run(lock: lock, Fixture.context)
    lock.release()
    #expect(try Fixture.contents(store) == ["/two": [1, 2, 3]])
    #expect(try Fixture.check(store).isSound)
  }

  @Test func copyHasItsOwnKeyAndTheSameContent() throws {
    let (cluster, files) = try Fixture.cluster()
    let (store, other) = (MemoryStore(), MemoryStore())
    _ = try Fixture.create(store)
    try Fixture.backup(cluster, store)
    _ = try Repository.create(in: other, password: [1, 2, 3], cost: Fixture.cost)
    let source = try Fixture.open(store)
    for expected in [(1, 0), (0, 1)] {
      let target = try Repository.open(other, password: [1, 2, 3])
      let lock = try RepositoryLock.acquire(target, for: "copy")
      let result = try SnapshotCopy(from: source, to: target).run(
        try source.snapshots(), lock: lock, Fixture.context)
      lock.release()
      #expect((result.snapshots, result.known) == expected)
    }
    let target = try Repository.open(other, password: [1, 2, 3])
    #expect(target.key != source.key)
    let stored = try target.snapshot(named: "latest")
    let scratch = try ScratchDirectory()
    let options = RestoreOptions(selection: try PathSelection())
    _ = try RestoreRun(stored, in: target, to: LocalTarget(scratch.path), options)
      .run(Fixture.context)
    for (path, bytes) in files { #expect(try scratch.read(path) == bytes) }
  }

  @Test func diffNamesWhatChanged() throws {
    let (cluster, _) = try Fixture.cluster()
    let store = MemoryStore()
    _ = try Fixture.create(store)
    let first = try Fixture.backup(cluster, store)
    try cluster.putFile("/a/new", [1])
    cluster.remove("/a/f0")
    try cluster.putFile("/a/f2", [5])
    try cluster.put("/a/empty", SmallCluster.entry(permissions: 0o600))
    let second = try Fixture.backup(cluster, store)
    let changes = try SnapshotDiff(try Fixture.open(store)).changes(
      from: first.stored, to: second.stored, Fixture.context)
    #expect(
      changes == [
        .init(kind: .attributes, path: "/a/empty"), .init(kind: .removed, path: "/a/f0"),
        .init(kind: .content, path: "/a/f2"), .init(kind: .added, path: "/a/new"),
      ])
  }

  @Test func sampleFindsWhatDiffersFromTheCluster() throws {
    let (cluster, _) = try Fixture.cluster()
    let store = MemoryStore()
    _ = try Fixture.create(store)
    let stored = try Fixture.backup(cluster, store).stored
    let repository = try Fixture.open(store)
    var random = SeededRandom(seed: 1)
    let compare = try SampleCompare(stored, in: repository, with: cluster)
    let good = try compare.run(100, Fixture.context, using: &random)
    #expect(good.files == 20)
    #expect(good.problems == [])
    cluster.state.withLock { state in
      for (number, fid) in state.needles.keys.sorted(by: { $0.key < $1.key }).enumerated() {
        if number == 0 { state.needles[fid] = [0, 0, 0, 0] }
        if number == 1 { state.needles[fid] = nil }
      }
    }
    let bad = try compare.run(100, Fixture.context, using: &random)
    #expect(bad.problems.count == 1)
    #expect(bad.gone == 1)
  }

  @Test func snapshotsAreFoundByTheirFirstDigits() throws {
    let (cluster, _) = try Fixture.cluster()
    let store = MemoryStore()
    _ = try Fixture.create(store)
    let first = try Fixture.backup(cluster, store).stored
    let second = try Fixture.backup(cluster, store).stored
    let repository = try Fixture.open(store)
    #expect(try repository.snapshot(named: "latest").id == second.id)
    #expect(try repository.snapshot(named: first.id.hex).id == first.id)
    #expect(throws: FSError.self) { try repository.snapshot(named: "") }
    #expect(throws: FSError.self) { try repository.snapshot(named: "xyz") }
  }
}

@Suite struct DirectoryStoreTests {
  @Test func objectsComeBack() throws {
    let scratch = try ScratchDirectory()
    let store = DirectoryStore(scratch.path + "/repo")
    #expect(try store.isVacant())
    try store.prepare()
    let name = "packs/ab/" + String(repeating: "a", count: 64)
    try store.write(name, [1, 2, 3, 4])
    #expect(try store.read(name) == [1, 2, 3, 4])
    #expect(try store.read(name, offset: 1, count: 2) == [2, 3])
    #expect(throws: FSError.self) { try store.read(name, offset: 3, count: 2) }
    #expect(try store.list("packs") == [StoredObject(name: name, size: 4)])
    try store.create("lock", [7])
    let taken = #expect(throws: FSError.self) { try store.create("lock", [8]) }
    #expect(taken?.code == .exists)
    #expect(try store.read("lock") == [7])
    try store.rename("lock", to: "grave")
    let gone = #expect(throws: FSError.self) { try store.rename("lock", to: "other") }
    #expect(gone?.code == .notFound)
    try store.remove("grave")
    try store.remove("grave")
    #expect(try store.list("nothing") == [])
    try store.removeLeftovers()
    #expect(try !store.isVacant())
  }

  @Test func wholeRunOnADirectory() throws {
    let (cluster, files) = try Fixture.cluster()
    let scratch = try ScratchDirectory()
    let store = DirectoryStore(scratch.path + "/repo/")
    try store.prepare()
    _ = try Fixture.create(store)
    try Fixture.backup(cluster, store)
    #expect(try Fixture.contents(store) == files)
    #expect(try Fixture.check(store).isSound)
    #expect(try store.list("tmp") == [])
  }

  /// A full disk ends the run with an error and leaves nothing half-written.
  @Test(.enabled(if: geteuid() == 0)) func fullDiskIsAnErrorAndTheNextRunGoesOn() throws {
    let scratch = try ScratchDirectory()
    let place = scratch.path + "/small"
    mkdir(place, 0o700)
    try #require(mount("tmpfs", place, "tmpfs", 0, "size=1m") == 0)
    defer { umount2(place, Int32(MNT_DETACH)) }
    let cluster = SmallCluster()
    var random = SeededRandom(seed: 2)
    for number in 0..<8 {
      try cluster.putFile(EntryPath(unchecked: "/f\(number)"), random.bytes(count: 300_000))
    }
    let store = DirectoryStore(place + "/repo")
    try store.prepare()
    _ = try Fixture.create(store)
    let error = #expect(throws: FSError.self) { try Fixture.backup(cluster, store) }
    #expect(error?.code == .noSpace)
    #expect(cluster.isVacuumOn)
    #expect(mount("tmpfs", place, "tmpfs", UInt(MS_REMOUNT), "size=16m") == 0)
    try Fixture.backup(cluster, store)
    #expect(try Fixture.contents(store).count == 8)
    #expect(try Fixture.check(store).isSound)
  }
}
