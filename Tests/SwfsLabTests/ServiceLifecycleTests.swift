import Testing

@testable import SwfsLab

@Suite struct ServiceLifecycleTests {
  private let second: UInt64 = 1_000_000_000
  private let policy = RestartPolicy(delaySeconds: 1, delayMaxSeconds: 4, settledSeconds: 10)

  @Test func startsOnlyWhenWanted() {
    var life = ServiceLifecycle(policy: policy)
    #expect(life.next(now: 0) == .idle)
    #expect(life.state == .stopped)
    life.want()
    #expect(life.next(now: 0) == .start)
    life.started(pid: 7, now: 0)
    #expect(life.next(now: 0) == .idle)
    #expect(life.state == .running)
    #expect(life.restarts == 0)
  }

  @Test func quickDeathsAreAnsweredMoreSlowlyUpToTheLimit() {
    var life = ServiceLifecycle(policy: policy)
    life.want()
    var now: UInt64 = 0
    for delay in [1, 2, 4, 4] as [UInt64] {
      #expect(life.next(now: now) == .start)
      life.started(pid: 7, now: now)
      life.exited("exit 1", now: now)
      #expect(life.next(now: now) == .wait(until: now + delay * second))
      #expect(life.state == .restarting)
      now += delay * second
    }
    #expect(life.restarts == 3)
    #expect(life.lastExit == "exit 1")
  }

  @Test func aLongLifeStartsOverWithTheFirstDelay() {
    var life = ServiceLifecycle(policy: policy)
    life.want()
    for _ in 0..<3 {
      life.started(pid: 7, now: 0)
      life.exited("exit 1", now: 0)
    }
    life.started(pid: 8, now: 0)
    life.exited("signal 9", now: 11 * second)
    #expect(life.next(now: 11 * second) == .wait(until: 12 * second))
  }

  @Test func stoppedServiceStaysDownUntilAskedForAndStartsAtOnce() {
    var life = ServiceLifecycle(policy: policy)
    life.want()
    life.started(pid: 7, now: 0)
    life.unwant()
    life.exited("exit 0", now: second)
    #expect(life.next(now: 100 * second) == .idle)
    #expect(life.state == .stopped)
    life.want()
    #expect(life.next(now: second) == .start)
  }

  @Test func missingProgramIsRetriedLikeADeath() {
    var life = ServiceLifecycle(policy: policy)
    life.want()
    life.failedToStart("cannot start /none", now: 0)
    #expect(life.next(now: 0) == .wait(until: second))
    #expect(life.lastExit == "cannot start /none")
  }

  @Test func pauseEndsWithTheProcess() {
    var life = ServiceLifecycle(policy: policy)
    life.paused(true)
    #expect(life.state == .stopped)
    life.want()
    life.started(pid: 7, now: 0)
    life.paused(true)
    #expect(life.state == .paused)
    life.exited("signal 9", now: 0)
    #expect(life.state == .restarting)
    life.started(pid: 8, now: 0)
    #expect(life.state == .running)
  }

  @Test func delayNeverOverflows() {
    #expect(policy.delay(afterQuickDeaths: .max) == 4)
    #expect(policy.delay(afterQuickDeaths: -1) == 1)
  }
}
