import SwfsCore

/// Keeps the sum of all threads under a rate: each transfer books its time on one clock and waits
/// for its turn.
final class BandwidthLimit: Sendable {
  private let bytesPerSecond: Double
  private let free = Monitor<UInt64>(0)

  /// - Parameter bytesPerSecond: 0: no limit.
  init(bytesPerSecond: UInt64) {
    self.bytesPerSecond = Double(bytesPerSecond)
  }

  /// Waits until so many bytes may be transferred.
  ///
  /// - Throws: `interrupted`, `timedOut`.
  func take(_ bytes: UInt64, _ context: OperationContext) throws(FSError) {
    guard bytesPerSecond > 0 else { return }
    let cost = UInt64(min(Double(bytes) / bytesPerSecond * 1e9, 1e15))
    let start = free.withLock { free -> UInt64 in
      let start = max(free, Deadline.now)
      free = start + cost
      return start
    }
    let now = Deadline.now
    if start > now {
      try context.sleep(seconds: Double(start - now) / 1e9, "the bandwidth limit")
    }
  }
}
