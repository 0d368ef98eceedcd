import Testing

@testable import SwfsTransport

@Suite struct PingPolicyTests {
  private func at(_ seconds: Double) -> UInt64 { UInt64(seconds * 1e9) }

  @Test func idleConnectionIsLeftInPeace() {
    var policy = PingPolicy()
    #expect(policy.tick(now: at(1000), lastReceived: at(1), hasCalls: false) == .none)
  }

  @Test func silenceIsSuspectedThenGivenUp() {
    var policy = PingPolicy()
    #expect(policy.tick(now: at(15), lastReceived: at(10), hasCalls: true) == .none)
    #expect(policy.tick(now: at(16), lastReceived: at(10), hasCalls: true) == .ping)
    #expect(policy.tick(now: at(17), lastReceived: at(10), hasCalls: true) == .none)
    #expect(policy.tick(now: at(19), lastReceived: at(10), hasCalls: true) == .giveUp)
  }

  @Test func answeredPingIsNotRepeatedWithinTheServersLimit() {
    var policy = PingPolicy()
    #expect(policy.tick(now: at(16), lastReceived: at(10), hasCalls: true) == .ping)
    for second in stride(from: 17.0, to: 36.5, by: 0.5) {
      #expect(policy.tick(now: at(second), lastReceived: at(16.2), hasCalls: true) == .none)
    }
    #expect(policy.tick(now: at(36.6), lastReceived: at(16.2), hasCalls: true) == .ping)
  }

  @Test func clockBehindTheLastByteIsNoSilence() {
    var policy = PingPolicy()
    #expect(policy.tick(now: at(1), lastReceived: at(5), hasCalls: true) == .none)
  }
}
