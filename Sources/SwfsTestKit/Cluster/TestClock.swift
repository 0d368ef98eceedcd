public import SwfsCore
import Synchronization

/// The cluster's clock: real time plus what a test has added. Never goes back, and never gives the
/// same nanosecond twice.
public final class TestClock: Sendable {
  private let state = Mutex(State())

  private struct State {
    var offsetNanoseconds: Int64 = 0
    var last: Int64 = 0
  }

  public init() {}

  public func advance(seconds: Int64) {
    state.withLock { $0.offsetNanoseconds += seconds * 1_000_000_000 }
  }

  public var nowNanoseconds: Int64 {
    state.withLock { state in
      let now = Timestamp.now.totalNanoseconds + state.offsetNanoseconds
      state.last = max(now, state.last + 1)
      return state.last
    }
  }

  public var now: Timestamp {
    let total = nowNanoseconds
    return Timestamp(
      seconds: total / 1_000_000_000, nanoseconds: Int32(total % 1_000_000_000))
  }
}
