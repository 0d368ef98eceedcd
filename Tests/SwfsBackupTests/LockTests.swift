import SwfsCore
import Testing

@testable import SwfsBackup

@Suite struct LockTests {
  @Test func twoRunsAreRefused() throws {
    let store = MemoryStore()
    let lock = try RepositoryLock.acquire(store, for: "run")
    let error = #expect(throws: FSError.self) { try RepositoryLock.acquire(store, for: "prune") }
    #expect(error?.code == .busy)
    #expect(error?.message.contains("run on") == true)
    lock.release()
    try RepositoryLock.acquire(store, for: "prune").release()
    #expect(store.objects == [:])
  }

  private func owner(_ change: (inout RepositoryLock.Owner) -> Void) throws -> [UInt8] {
    var owner = try RepositoryLock.Owner.current("run")
    change(&owner)
    return owner.encoded()
  }

  @Test func lockOfADeadProcessIsTakenOver() throws {
    // No process has this number, or it began at another time.
    let store = MemoryStore([
      ObjectName.lock: try owner {
        $0.pid = 4_194_303
        $0.start = "1"
      }
    ])
    let lock = try RepositoryLock.acquire(store, for: "run")
    try lock.verify()
    lock.release()
    #expect(store.objects == [:])
  }

  @Test func lockOfAnEarlierBootIsTakenOver() throws {
    let store = MemoryStore([ObjectName.lock: try owner { $0.boot = "another" }])
    try RepositoryLock.acquire(store, for: "run").release()
  }

  @Test func lockOfAnotherHostIsBrokenOnDemandOnly() throws {
    let store = MemoryStore([
      ObjectName.lock: try owner {
        $0.host = "elsewhere"
        $0.seen = 0
      }
    ])
    #expect(throws: FSError.self) { try RepositoryLock.acquire(store, for: "run") }
    try RepositoryLock.acquire(store, for: "run", breaks: true).release()
  }

  @Test func ownerNoticesThatItsLockWasBroken() throws {
    let store = MemoryStore()
    let first = try RepositoryLock.acquire(store, for: "run")
    let second = try RepositoryLock.acquire(store, for: "run", breaks: true)
    let error = #expect(throws: FSError.self) { try first.verify() }
    #expect(error?.code == .busy)
    // Releasing the lost lock must not release the other's.
    first.release()
    try second.verify()
    second.release()
  }

  @Test func nonsenseIsNotTakenForADeadOwner() throws {
    let store = MemoryStore([ObjectName.lock: [1, 2, 3]])
    #expect(throws: FSError.self) { try RepositoryLock.acquire(store, for: "run") }
  }
}
