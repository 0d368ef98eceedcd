import SwfsCore
import Testing

struct CircuitBreakerTests {
  @Test func firstFailureOpensAndSuccessfulProbeCloses() {
    var breaker = CircuitBreaker()
    #expect(!breaker.isOpen)
    #expect(breaker.secondsToProbe(at: 0) == nil)
    let opened = breaker.recordFailure(at: 100)
    #expect(opened)
    #expect(breaker.isOpen)
    #expect(breaker.secondsToProbe(at: 100) == CircuitBreaker.probeSecondsMin)
    #expect(breaker.secondsToProbe(at: 200) == 0)
    breaker.recordProbe(succeeded: true, at: 101)
    #expect(!breaker.isOpen)
  }

  @Test func onlyTheFirstOfManyFailuresStartsProbing() {
    var breaker = CircuitBreaker()
    let opened = [1, 1.1, 1.2].map { breaker.recordFailure(at: $0) }
    #expect(opened == [true, false, false])
  }

  @Test func failedProbeKeepsItOpenAndSchedulesTheNext() {
    var breaker = CircuitBreaker()
    _ = breaker.recordFailure(at: 0)
    breaker.recordProbe(succeeded: false, at: 10)
    #expect(breaker.isOpen)
    #expect(breaker.secondsToProbe(at: 10) == CircuitBreaker.probeSecondsMin)
  }

  @Test func flappingSourceIsProbedMoreRarelyAndSteadinessIsForgiven() {
    var breaker = CircuitBreaker()
    var now = 0.0
    var waits: [Double] = []
    for _ in 0..<8 {
      _ = breaker.recordFailure(at: now)
      waits.append(breaker.secondsToProbe(at: now) ?? -1)
      now += 1
      breaker.recordProbe(succeeded: true, at: now)
      now += 1
    }
    #expect(waits == [0.5, 1, 2, 4, 8, 16, 16, 16])
    now += CircuitBreaker.steadySeconds
    _ = breaker.recordFailure(at: now)
    #expect(breaker.secondsToProbe(at: now) == CircuitBreaker.probeSecondsMin)
  }

  @Test func probeOfAClosedBreakerChangesNothing() {
    var breaker = CircuitBreaker()
    breaker.recordProbe(succeeded: false, at: 5)
    #expect(breaker == CircuitBreaker())
  }
}
