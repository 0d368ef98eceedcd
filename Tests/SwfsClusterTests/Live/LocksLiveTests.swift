import SwfsCore
import SwfsTransport
import Testing

@testable import SwfsCluster

@Suite(.enabled(if: LiveCluster.isThere), .serialized) struct LocksLiveTests {
  private func lock(
    _ start: UInt64, _ end: UInt64, _ kind: AdvisoryLock.Kind = .write, owner: UInt64 = 1,
    isFlock: Bool = false
  ) -> AdvisoryLock {
    AdvisoryLock(start: start, end: end, kind: kind, owner: owner, pid: 42, isFlock: isFlock)
  }

  /// Asks again while the keeper defers grants, as it does for 10 s after a start.
  private func settle(_ body: () throws -> LockAnswer) throws -> LockAnswer {
    let deadline = Deadline(secondsFromNow: 40)
    while true {
      let answer = try body()
      if answer != .deferred || deadline.hasPassed { return answer }
      pause(seconds: 0.2)
    }
  }

  @Test func lockHeldThroughOneFilerConflictsThroughAnother() throws {
    let context = LiveCluster.patient
    let key = "s3.fuse.lock:/swfs-test-\(UInt32.random(in: 0...UInt32.max))"
    let mine = FilerLocks(
      FilerCalls([LiveCluster.filers[0]], identity: ClientIdentity(name: "a")))
    let last = LiveCluster.filers[LiveCluster.filers.count - 1]
    let theirs = FilerLocks(FilerCalls([last], identity: ClientIdentity(name: "b")))
    #expect(try settle { try mine.tryLock(key, lock(0, 9), context) } == .granted)
    #expect(try settle { try mine.tryLock(key, lock(0, 9), context) } == .granted)
    let answer = try theirs.tryLock(key, lock(5, 20), context)
    guard case .conflict(let holder) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(holder?.pid == 42)
    #expect(holder?.end == 9)
    #expect(try theirs.conflict(key, lock(5, 5, .read), context)?.kind == .write)
    #expect(try theirs.conflict(key, lock(10, 20), context) == nil)
    #expect(try theirs.tryLock(key, lock(10, 20), context) == .granted)
    // The two kinds of locks do not see each other.
    #expect(try theirs.tryLock(key, lock(0, .max, isFlock: true), context) == .granted)
    #expect(try mine.tryLock(key, lock(0, 4, .unlock), context) == .granted)
    #expect(try theirs.tryLock(key, lock(0, 4), context) == .granted)
    try mine.releaseOwner(key, owner: 1, isFlock: false, context)
    #expect(try theirs.tryLock(key, lock(0, 9), context) == .granted)
    try theirs.releaseOwner(key, owner: 1, isFlock: false, context)
    try theirs.releaseOwner(key, owner: 1, isFlock: true, context)
    #expect(try mine.conflict(key, lock(0, .max), context) == nil)
    mine.stop()
    theirs.stop()
  }
}
