import SwfsCore
import Testing

@testable import SwfsCluster

@Suite struct HeldLocksTests {
  private func lock(
    _ start: UInt64, _ end: UInt64, _ kind: AdvisoryLock.Kind = .write, owner: UInt64 = 1,
    isFlock: Bool = false
  ) -> AdvisoryLock {
    AdvisoryLock(start: start, end: end, kind: kind, owner: owner, pid: 1, isFlock: isFlock)
  }

  private func ranges(_ held: HeldLocks) -> [[UInt64]] {
    (held.byKey["k"] ?? []).map { [$0.start, $0.end, UInt64($0.kind.rawValue), $0.owner] }.sorted {
      $0.lexicographicallyPrecedes($1)
    }
  }

  @Test func unlockInTheMiddleSplits() {
    var held = HeldLocks()
    held.granted(lock(0, 99), "k")
    held.remove(lock(10, 19, .unlock), "k")
    #expect(ranges(held) == [[0, 9, 2, 1], [20, 99, 2, 1]])
  }

  @Test func newLockReplacesWhatTheOwnerHeldThere() {
    var held = HeldLocks()
    held.granted(lock(0, 99), "k")
    held.granted(lock(50, 149, .read), "k")
    #expect(ranges(held) == [[0, 49, 2, 1], [50, 149, 1, 1]])
    held.granted(lock(0, 200), "k")
    #expect(ranges(held) == [[0, 200, 2, 1]])
  }

  @Test func othersAreLeftAlone() {
    var held = HeldLocks()
    held.granted(lock(0, 9, .read), "k")
    held.granted(lock(0, 9, .read, owner: 2), "k")
    held.granted(lock(0, .max, isFlock: true), "k")
    held.granted(lock(0, 9), "other")
    held.remove(lock(0, .max, .unlock), "k")
    #expect(held.byKey["k"]?.count == 2)
    _ = held.released(owner: 2, isFlock: false, "k")
    _ = held.released(owner: 1, isFlock: true, "k")
    #expect(held.byKey["k"] == nil)
    #expect(held.byKey["other"]?.count == 1)
  }

  @Test func endsOfTheRangeDoNotOverflow() {
    var held = HeldLocks()
    held.granted(lock(0, .max), "k")
    held.remove(lock(0, 0, .unlock), "k")
    held.remove(lock(.max, .max, .unlock), "k")
    #expect(ranges(held) == [[1, .max - 1, 2, 1]])
    held.remove(lock(0, .max, .unlock), "k")
    #expect(held.byKey.isEmpty)
  }

  @Test func onlyWhoAskedHasSomethingToRelease() {
    var held = HeldLocks()
    let nobody = held.released(owner: 1, isFlock: false, "k")
    #expect(!nobody)
    held.asked(lock(0, 9), "k")
    // Not granted, as far as we know: the reply may have been lost.
    let another = held.released(owner: 2, isFlock: false, "k")
    let otherKind = held.released(owner: 1, isFlock: true, "k")
    let otherKey = held.released(owner: 1, isFlock: false, "other")
    let asker = held.released(owner: 1, isFlock: false, "k")
    let again = held.released(owner: 1, isFlock: false, "k")
    #expect([another, otherKind, otherKey, asker, again] == [false, false, false, true, false])
  }
}
