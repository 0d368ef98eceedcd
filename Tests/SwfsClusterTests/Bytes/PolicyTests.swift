import SwfsCore
import Testing

@testable import SwfsCluster

struct ReplicaPolicyTests {
  func policy() -> ReplicaPolicy {
    ReplicaPolicy(stallSeconds: 3, hedges: true, unknownVolumePatienceSeconds: 0.1)
  }

  @Test func asksRememberedReplicasThenFreshOnesThenPauses() {
    var policy = policy()
    #expect(policy.next(random: 0) == .locate(fresh: false))
    policy.located(["a", "b"], fresh: false)
    #expect(policy.next(random: 0) == .ask(server: "a", hedge: "b", stallSeconds: 3))
    policy.answered(.failed)
    #expect(policy.next(random: 0) == .ask(server: "b", hedge: nil, stallSeconds: 3))
    policy.answered(.failed)
    #expect(policy.next(random: 0) == .locate(fresh: true))
    policy.located(["c"], fresh: true)
    #expect(policy.next(random: 0) == .ask(server: "c", hedge: nil, stallSeconds: 3))
    policy.answered(.failed)
    #expect(policy.next(random: 0) == .pause(seconds: 0.025))
    #expect(policy.next(random: 0) == .locate(fresh: true))
  }

  @Test(arguments: [
    ([ReplicaPolicy.Verdict.missing, .missing], FSError.Code.chunkMissing),
    ([.missing, .corrupt], .corrupt), ([.refused, .missing], .accessDenied),
  ])
  func certaintyEndsTheRead(verdicts: [ReplicaPolicy.Verdict], code: FSError.Code) {
    var policy = policy()
    for fresh in [false, true] {
      #expect(policy.next(random: 0) == .locate(fresh: fresh))
      policy.located(["a", "b"], fresh: fresh)
      for verdict in verdicts {
        _ = policy.next(random: 0)
        policy.answered(verdict)
      }
    }
    #expect(policy.next(random: 0) == .fail(code))
  }

  @Test func oneUnreachableReplicaKeepsTheReadWaiting() {
    var policy = policy()
    for round in 0..<20 {
      if case .pause = policy.next(random: 0.5) { _ = policy.next(random: 0.5) }
      policy.located(["a", "b"], fresh: round > 0)
      _ = policy.next(random: 0)
      policy.answered(.missing)
      _ = policy.next(random: 0)
      policy.answered(.failed)
    }
    if case .fail = policy.next(random: 0) { Issue.record("gave up") }
  }

  @Test func slownessBuysTime() {
    var policy = policy()
    var longest = 0.0
    for _ in 0..<30 {
      switch policy.next(random: 0) {
      case .locate(let fresh): policy.located(["a"], fresh: fresh)
      case .ask(_, _, let stallSeconds):
        #expect(stallSeconds >= longest)
        longest = stallSeconds
        policy.answered(.stalled)
      case .pause: continue
      case .fail(let code): Issue.record("failed with \(code)")
      }
    }
    #expect(longest == ReplicaPolicy.stallSecondsMax)
  }

  @Test func hedgedReplicaIsNotAskedTwiceInARound() {
    var policy = policy()
    _ = policy.next(random: 0)
    policy.located(["a", "b", "c"], fresh: false)
    _ = policy.next(random: 0)
    policy.answered(.stalled)
    policy.hedgeAnswered("b", .failed)
    #expect(policy.next(random: 0) == .ask(server: "c", hedge: nil, stallSeconds: 6))
  }

  @Test func unknownVolumeGetsSomeTime() {
    var policy = policy()
    var pauses = 0
    for _ in 0..<100 {
      switch policy.next(random: 0) {
      case .locate(let fresh): policy.located([], fresh: fresh)
      case .pause: pauses += 1
      case .ask: Issue.record("nobody to ask")
      case .fail(let code):
        #expect(code == .chunkMissing)
        #expect(pauses >= 2)
        return
      }
    }
    Issue.record("never ends")
  }

  @Test func failedLookupsAreRepeatedWithPauses() {
    var policy = policy()
    for _ in 0..<10 {
      guard case .locate = policy.next(random: 0) else {
        Issue.record("no lookup")
        return
      }
      policy.locatingFailed()
      guard case .pause = policy.next(random: 0) else {
        Issue.record("no pause")
        return
      }
    }
  }
}

struct UploadPolicyTests {
  @Test func firstRepetitionComesAtOnceLaterOnesWait() {
    var policy = UploadPolicy(stallSeconds: 1)
    let first = policy.judge(.failed, random: 0)
    #expect(first == .again(pauseSeconds: 0, blame: .server))
    #expect(
      policy.judge(.status(500, text: ""), random: 0)
        == .again(pauseSeconds: 0.025, blame: .volume))
    #expect(policy.judge(.differs, random: 0) == .again(pauseSeconds: 0.05, blame: .volume))
    #expect(policy.judge(.stored, random: 0) == .done)
  }

  @Test func refusedTokensAreFinalAfterAFew() {
    var policy = UploadPolicy(stallSeconds: 1)
    for _ in 1..<UploadPolicy.refusalsMax {
      guard case .again(_, .token) = policy.judge(.status(401, text: ""), random: 0) else {
        Issue.record("not repeated")
        return
      }
    }
    #expect(policy.judge(.status(401, text: ""), random: 0) == .fail(.accessDenied))
  }

  @Test func fullDisksMustComeInARow() {
    var policy = UploadPolicy(stallSeconds: 1)
    for _ in 0..<20 {
      for _ in 1..<UploadPolicy.fullDisksMax {
        guard case .again = policy.judge(.status(500, text: "No space left"), random: 0) else {
          Issue.record("gave up")
          return
        }
      }
      _ = policy.judge(.status(500, text: "read only"), random: 0)
    }
  }

  @Test func slownessBuysTime() {
    var policy = UploadPolicy(stallSeconds: 4)
    for _ in 0..<10 { _ = policy.judge(.stalled, random: 0) }
    #expect(policy.stallSeconds == UploadPolicy.stallSecondsMax)
  }

  @Test(arguments: [400, 405, 413, 418]) func otherClientErrorsAreFinal(status: Int) {
    var policy = UploadPolicy(stallSeconds: 1)
    #expect(policy.judge(.status(status, text: "no"), random: 0) == .fail(.remote))
  }
}

struct EndpointHealthTests {
  @Test func suspectsAreAskedLast() {
    var health = EndpointHealth()
    #expect(health.failed("b", now: 10) == true)
    #expect(health.failed("b", now: 20) == false)
    #expect(health.failed("a", now: 30) == true)
    #expect(health.ordered(["a", "b", "c"]) == ["c", "b", "a"])
    #expect(health.succeeded("b") == true)
    #expect(health.succeeded("b") == false)
    #expect(health.ordered(["a", "b", "c"]) == ["b", "c", "a"])
  }

  @Test func probesComeInIntervalsAndEnd() {
    var health = EndpointHealth()
    _ = health.failed("a", now: 0)
    #expect(health.dueProbes(now: 1) == [])
    #expect(health.dueProbes(now: 600_000_000) == ["a"])
    #expect(health.dueProbes(now: 700_000_000) == [])
    #expect(health.dueProbes(now: 1_200_000_000) == ["a"])
    #expect(health.dueProbes(now: 700_000_000_000) == [])
    #expect(health.isAllWell)
  }
}

struct FileIDStockTests {
  func ids(_ volume: UInt32, _ count: Int, jwt: String = "") -> AssignedFileIDs {
    AssignedFileIDs(
      first: FileID(volume: volume, key: 100, cookie: 1), count: count, jwt: jwt,
      locations: [VolumeLocation(url: "s:1", publicURL: "", grpcPort: 0, dataCenter: "")],
      fsync: false, collection: "", replication: "")
  }

  @Test func batchesAreUsedInTurnAndEachIDOnce() {
    var stock = FileIDStock()
    _ = stock.add(ids(1, 3), used: 1, now: 0)
    _ = stock.add(ids(2, 3), used: 0, now: 0)
    var taken: [FileID] = []
    while let next = stock.take(now: 1, isAcceptable: { _ in true }) { taken.append(next.fid) }
    #expect(Set(taken).count == 5)
    #expect(taken.map(\.volume).prefix(4) == [1, 2, 1, 2])
    #expect(!taken.contains(FileID(volume: 1, key: 100, cookie: 1)))
  }

  @Test func idsWithTokensLiveShort() {
    var stock = FileIDStock()
    _ = stock.add(ids(1, 8, jwt: "t"), used: 0, now: 0)
    _ = stock.add(ids(2, 8), used: 0, now: 0)
    #expect(stock.take(now: 6_000_000_000, isAcceptable: { _ in true })?.fid.volume == 2)
    #expect(stock.take(now: 26_000_000_000, isAcceptable: { _ in true }) == nil)
  }

  @Test func droppedAndUnacceptableVolumesAreLeftAlone() {
    var stock = FileIDStock()
    _ = stock.add(ids(1, 8), used: 0, now: 0)
    _ = stock.add(ids(2, 8), used: 0, now: 0)
    #expect(stock.take(now: 1, isAcceptable: { $0.first.volume == 2 })?.fid.volume == 2)
    stock.drop(volume: 2)
    #expect(stock.take(now: 1, isAcceptable: { $0.first.volume == 2 }) == nil)
  }

  @Test func keyThatWouldOverflowIsNotHandedOut() {
    var stock = FileIDStock()
    var last = ids(1, 3)
    last.first.key = .max
    _ = stock.add(last, used: 1, now: 0)
    #expect(stock.take(now: 1, isAcceptable: { _ in true }) == nil)
  }

  @Test func stockFollowsThePaceWithinTheBooking() {
    var stock = FileIDStock()
    #expect(stock.batchCount(now: 0) == 1)
    for number in 0..<100 { stock.wanted(bytes: 4096, now: UInt64(number) * 1_000_000) }
    #expect(stock.batchCount(now: 100_000_000) == FileIDStock.batchMax)
    #expect(stock.isLow(now: 100_000_000))
    for number in 0..<100 {
      stock.wanted(bytes: 64 << 20, now: 100_000_000 + UInt64(number) * 1_000_000)
    }
    #expect(stock.batchCount(now: 200_000_000) <= 4)
    #expect(stock.batchCount(now: 60_000_000_000) == 1)
  }
}
