import SwfsCore
import Testing

@testable import SwfsFS

@Suite struct FetchPoolTests {
  private let context = OperationContext.background(seconds: 60)

  @Test func everyJobRunsAndThreadsEnd() throws {
    let pool = FetchPool(threadsMax: 4, jobsMax: 1000, idleSeconds: 0.05)
    let done = Monitor(0)
    for _ in 0..<500 { #expect(pool.submit { done.update { $0 += 1 } }) }
    try done.wait(context, for: "jobs") { $0 == 500 ? () : nil }
    try eventually { pool.threads == 0 }
    // And it starts again.
    #expect(pool.submit { done.update { $0 += 1 } })
    try done.wait(context, for: "jobs") { $0 == 501 ? () : nil }
  }

  @Test func noMoreThreadsThanAllowedAndNoMoreJobsThanFit() throws {
    let pool = FetchPool(threadsMax: 2, jobsMax: 3, idleSeconds: 0.05)
    let gate = Monitor((open: false, running: 0, most: 0))
    let job: @Sendable () -> Void = {
      gate.update { $0 = ($0.open, $0.running + 1, max($0.most, $0.running + 1)) }
      _ = gate.wait(until: .never) { $0.open ? () : nil }
      gate.update { $0.running -= 1 }
    }
    for _ in 0..<2 { #expect(pool.submit(job)) }
    try gate.wait(context, for: "two jobs") { $0.running == 2 ? () : nil }
    for _ in 0..<3 { #expect(pool.submit(job)) }
    #expect(!pool.submit(job))
    gate.update { $0.open = true }
    try eventually { pool.threads == 0 }
    #expect(gate.withLock { $0.most } == 2)
  }
}
