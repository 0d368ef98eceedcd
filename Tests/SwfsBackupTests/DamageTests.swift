import SwfsCore
import SwfsTestKit
import Testing

@testable import SwfsBackup

@Suite struct DamageTests {
  private func repository() throws -> MemoryStore {
    let (cluster, _) = try Fixture.cluster()
    let store = MemoryStore()
    _ = try Fixture.create(store)
    try Fixture.backup(cluster, store)
    return store
  }

  private func isFound(_ objects: [String: [UInt8]]) -> Bool {
    do { return try !Fixture.check(MemoryStore(objects)).isSound } catch { return true }
  }

  @Test func bitFlipInEveryKindOfObjectIsFound() throws {
    let good = try repository().objects
    #expect(!isFound(good))
    #expect(good.count >= 5)
    var random = SeededRandom(seed: 11)
    for (name, bytes) in good {
      // First, last, and some in between.
      let places =
        [0, bytes.count - 1] + (0..<20).map { _ in Int.random(in: bytes.indices, using: &random) }
      for place in places {
        var damaged = good
        damaged[name]?[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        #expect(isFound(damaged), "\(name) byte \(place)")
      }
    }
  }

  @Test func truncatedAndLostObjectsAreFound() throws {
    let good = try repository().objects
    for (name, bytes) in good {
      for count in [0, 1, bytes.count / 2, bytes.count - 1] {
        var damaged = good
        damaged[name] = Array(bytes.prefix(count))
        #expect(isFound(damaged), "\(name) cut to \(count)")
      }
      // A snapshot that is gone is forgotten; everything else is missed.
      guard !name.hasPrefix("snapshots/") else { continue }
      var damaged = good
      damaged[name] = nil
      #expect(isFound(damaged), "\(name) gone")
    }
  }

  @Test func damagedPackSpoilsOnlyItsOwnFiles() throws {
    let (cluster, files) = try Fixture.cluster()
    let store = MemoryStore()
    _ = try Fixture.create(store)
    try Fixture.backup(cluster, store)
    let known = Set(store.names("packs"))
    try cluster.putFile("/z", [1, 2, 3])
    try Fixture.backup(cluster, store)
    var objects = store.objects
    // The pack with the new needle only.
    let repository = try Fixture.open(store)
    for name in store.names("packs") where !known.contains(name) {
      let list = try PackReader(objects[name] ?? [], repository.key, name).list
      guard list.entries.allSatisfy({ $0.kind == .needle }) else { continue }
      objects[name]?[45] ^= 1
    }
    let damaged = MemoryStore(objects)
    #expect(throws: FSError.self) { try Fixture.contents(damaged) }
    let first = try Fixture.open(damaged).snapshots()[0]
    #expect(try Fixture.contents(damaged, first.id.hex) == files)
  }

  @Test func damagedConfigOpensByItsCopy() throws {
    let store = try repository()
    var objects = store.objects
    objects["config"]?[30] ^= 1
    let damaged = MemoryStore(objects)
    #expect(try Fixture.contents(damaged).count > 0)
    #expect(try Fixture.check(damaged).problems.count == 1)
  }

  @Test func pruneRefusesADamagedRepository() throws {
    let store = try repository()
    var objects = store.objects
    for name in store.names("packs") { objects[name]?[45] ^= 1 }
    let damaged = MemoryStore(objects)
    let repository = try Fixture.open(damaged)
    let lock = try RepositoryLock.acquire(repository, for: "prune")
    let error = #expect(throws: FSError.self) {
      try Prune(repository).run(lock: lock, Fixture.context)
    }
    #expect(error?.code == .corrupt)
    lock.release()
    #expect(damaged.names("packs") == store.names("packs"))
  }
}
