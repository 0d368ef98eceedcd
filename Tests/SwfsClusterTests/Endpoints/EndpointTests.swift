import SwfsCore
import Testing

@testable import SwfsCluster

@Suite struct EndpointSelectorTests {
  @Test func oneServerIsKeptUntilItFails() {
    var selector = EndpointSelector(count: 3)
    #expect(selector.choose(excluding: []) == 0)
    selector.answered(0)
    #expect(selector.choose(excluding: []) == 0)
    #expect(selector.failed(0) == true)
    #expect(selector.choose(excluding: []) == 1)
    selector.answered(1)
    // Back, but nobody leaves one that works for it.
    selector.recovered(0)
    #expect(selector.choose(excluding: []) == 1)
    #expect(selector.choose(excluding: [1]) == 2)
    #expect(selector.choose(excluding: [1, 2]) == 0)
    #expect(selector.choose(excluding: [0, 1, 2]) == nil)
  }

  @Test func onlyTheFirstFailureStartsAProbe() {
    var selector = EndpointSelector(count: 2)
    #expect(selector.failed(1) == true)
    #expect(selector.failed(1) == false)
    selector.recovered(1)
    #expect(selector.failed(1) == true)
  }

  @Test func firstToComeBackIsPreferredWhenAllWereDown() {
    var selector = EndpointSelector(count: 3)
    for index in 0..<3 { _ = selector.failed(index) }
    #expect(!selector.hasAnyUp)
    #expect(selector.choose(excluding: []) == nil)
    selector.recovered(2)
    #expect(selector.preferred == 2)
    #expect(selector.choose(excluding: []) == 2)
  }

  @Test func aDetourMovesThePreference() {
    var selector = EndpointSelector(count: 2)
    selector.answered(1)
    #expect(selector.choose(excluding: []) == 1)
  }
}

@Suite struct CallAttemptsTests {
  @Test func serverThatIsDownIsAskedOnce() {
    var selector = EndpointSelector(count: 2)
    var attempts = CallAttempts(.write)
    #expect(attempts.next(selector) == .ask(endpoint: 0, seconds: 5))
    attempts.failed(0, .down)
    _ = selector.failed(0)
    #expect(attempts.next(selector) == .ask(endpoint: 1, seconds: 5))
  }

  @Test func outageBehindTheServersIsWaitedOutWithLongerPauses() {
    let selector = EndpointSelector(count: 2)
    var attempts = CallAttempts(.read)
    var pauses: [Double] = []
    for round in 0..<8 {
      for endpoint in 0..<2 {
        let seconds = CallClass.read.seconds(inRound: round)
        #expect(attempts.next(selector) == .ask(endpoint: endpoint, seconds: seconds))
        attempts.failed(endpoint, .outage)
      }
      guard case .pause(let seconds) = attempts.next(selector) else {
        Issue.record("no pause after a round")
        return
      }
      pauses.append(seconds)
    }
    #expect(pauses == pauses.sorted())
    #expect(pauses.first == CallAttempts.firstPauseSeconds)
    #expect(pauses.last == CallAttempts.longestPauseSeconds)
  }

  @Test func allDownMeansPausesUntilOneIsBack() {
    var selector = EndpointSelector(count: 1)
    var attempts = CallAttempts(.write)
    _ = selector.failed(0)
    for _ in 0..<20 {
      guard case .pause = attempts.next(selector) else {
        Issue.record("asked a server that is down")
        return
      }
    }
    selector.recovered(0)
    guard case .ask(endpoint: 0, seconds: _) = attempts.next(selector) else {
      Issue.record("not asked after it came back")
      return
    }
  }

  @Test func laterRoundsAreMorePatient() {
    #expect(CallClass.write.seconds(inRound: 0) == 5)
    #expect(CallClass.write.seconds(inRound: 1) == 10)
    #expect(CallClass.write.seconds(inRound: 50) == 40)
  }
}
