import SwfsCore
import Testing

@testable import SwfsBackup

/// Runs that are killed at each of their changes to the repository, with and without that change.
@Suite struct CrashTests {
  private func changes(of body: (MemoryStore) throws -> Void, on base: MemoryStore) throws -> Int {
    let store = MemoryStore(base.objects)
    try body(store)
    return store.changes
  }

  /// As the process is gone, so is its lock's owner: here the lock is simply broken.
  private func unlock(_ store: MemoryStore) throws { try store.remove(ObjectName.lock) }

  @Test func killedRunsLoseNothingAndAreContinued() throws {
    let (cluster, files) = try Fixture.cluster()
    let base = MemoryStore()
    _ = try Fixture.create(base)
    let good = try Fixture.backup(cluster, base)
    try cluster.putFile("/a/late", [4, 5, 6])
    let total = try changes(of: { try Fixture.backup(cluster, $0) }, on: base)
    #expect(total >= 7)
    for point in 1...total {
      for diesAfter in [false, true] {
        let store = MemoryStore(base.objects, diesAt: point, diesAfter: diesAfter)
        do {
          try Fixture.backup(cluster, store)
          // Everything was done but giving the lock back.
          #expect(point == total)
        } catch is FSError {}
        let after = MemoryStore(store.objects)
        try unlock(after)
        // The last good snapshot is good.
        #expect(try Fixture.check(after).isSound, "killed at \(point)")
        #expect(try Fixture.contents(after, good.stored.id.hex) == files)
        // And the next run goes on.
        let next = try Fixture.backup(cluster, after)
        #expect(next.stored.snapshot.isWhole)
        #expect(try Fixture.contents(after)["/a/late"] == [4, 5, 6])
        #expect(try Fixture.check(after).isSound)
        #expect(cluster.isVacuumOn)
      }
    }
  }

  @Test func packsOfAKilledRunAreUsedAgain() throws {
    let (cluster, _) = try Fixture.cluster()
    let base = MemoryStore()
    _ = try Fixture.create(base)
    let total = try changes(of: { try Fixture.backup(cluster, $0) }, on: base)
    // The last changes are: snapshot, lock. One before is the index.
    let store = MemoryStore(base.objects, diesAt: total - 2, diesAfter: false)
    let before = cluster.fetched.count
    #expect(throws: FSError.self) { try Fixture.backup(cluster, store) }
    let fetched = cluster.fetched.count - before
    #expect(fetched > 0)
    let after = MemoryStore(store.objects)
    try unlock(after)
    let next = try Fixture.backup(cluster, after)
    #expect(next.adoptedPacks > 0)
    #expect(cluster.fetched.count - before == fetched)
  }

  @Test func killedPrunesLoseNothing() throws {
    let (cluster, files) = try Fixture.cluster()
    let base = MemoryStore()
    _ = try Fixture.create(base)
    let old = try Fixture.backup(cluster, base)
    for number in 0..<15 { cluster.remove(EntryPath(unchecked: "/a/f\(number)")) }
    try Fixture.backup(cluster, base)
    let kept = try Fixture.contents(base)
    #expect(kept.count < files.count)
    try Fixture.open(base).remove([old.stored])

    func prune(_ store: MemoryStore) throws {
      let repository = try Fixture.open(store)
      let lock = try RepositoryLock.acquire(repository, for: "prune")
      defer { lock.release() }
      _ = try Prune(repository).run(lock: lock, Fixture.context)
    }
    let total = try changes(of: prune, on: base)
    #expect(total >= 6)
    for point in 1...total {
      for diesAfter in [false, true] {
        let store = MemoryStore(base.objects, diesAt: point, diesAfter: diesAfter)
        do { try prune(store) } catch is FSError {}
        let after = MemoryStore(store.objects)
        try unlock(after)
        #expect(try Fixture.contents(after) == kept, "killed at \(point)")
        #expect(try Fixture.check(after).isSound, "killed at \(point)")
        try prune(after)
        #expect(try Fixture.contents(after) == kept)
        let check = try Fixture.check(after)
        #expect(check.problems == [])
        #expect(check.notes == [])
      }
    }
  }
}
