/// The one memory number (`--memory`): everything that grows with use takes its bytes from here.
///
/// Dirty pages wait for room; caches ask politely, give way, and are asked to shrink. Thread-safe.
public final class MemoryBudget: Sendable {
  public let bytesMax: Int
  private let state: Monitor<Uses>
  private let reclaimers = Monitor<[@Sendable (_ bytes: Int) -> Int]>([])

  public enum Purpose: Int, Sendable, CaseIterable {
    case dirtyPages, readBuffers, chunkCache, inodes, listings
  }

  private struct Uses {
    var bytes = [Int](repeating: 0, count: Purpose.allCases.count)
    var total = 0
    var waiters = 0
  }

  public init(bytesMax: Int) {
    self.bytesMax = max(bytesMax, 1 << 20)
    state = Monitor(Uses())
  }

  /// Lets a cache give memory back: called with the bytes wanted, returns the bytes freed. It must
  /// not take locks that are held while reserving.
  public func addReclaimer(_ reclaimer: @escaping @Sendable (_ bytes: Int) -> Int) {
    reclaimers.withLock { $0.append(reclaimer) }
  }

  /// Takes bytes if there is room now (after asking caches to shrink).
  public func tryReserve(_ bytes: Int, for purpose: Purpose) -> Bool {
    if take(bytes, purpose) { return true }
    reclaim(bytes)
    return take(bytes, purpose)
  }

  /// Takes bytes, waiting until others give theirs back.
  ///
  /// - Throws: `timedOut` or `interrupted` from the context.
  public func reserve(
    _ bytes: Int, for purpose: Purpose, _ context: OperationContext
  ) throws(FSError) {
    if tryReserve(bytes, for: purpose) { return }
    state.withLock { $0.waiters += 1 }
    defer { state.withLock { $0.waiters -= 1 } }
    // Caches are asked again and again: what was in use at first may be theirs to give by now.
    while !tryReserve(bytes, for: purpose) {
      try context.check("memory (\(bytes) bytes for \(purpose))")
      let slice = context.deadline.capped(secondsFromNow: OperationContext.waitSliceSeconds)
      let taken: Void? = state.wait(until: slice) { uses in
        self.fits(bytes, uses) ? Self.add(bytes, purpose, &uses) : nil
      }
      if taken != nil { return }
    }
  }

  /// Takes bytes in any case: for what cannot be refused (inodes the kernel refers to). May exceed the
  /// bound; caches are shrunk to make up for it.
  public func reserveUnconditionally(_ bytes: Int, for purpose: Purpose) {
    let over = state.withLock { uses -> Int in
      Self.add(bytes, purpose, &uses)
      return uses.total - bytesMax
    }
    if over > 0 { reclaim(over) }
  }

  public func release(_ bytes: Int, for purpose: Purpose) {
    state.update {
      $0.bytes[purpose.rawValue] -= bytes
      $0.total -= bytes
    }
  }

  public func used(for purpose: Purpose) -> Int { state.withLock { $0.bytes[purpose.rawValue] } }
  public var used: Int { state.withLock { $0.total } }
  /// Threads that wait for room right now.
  public var waiters: Int { state.withLock { $0.waiters } }

  private func take(_ bytes: Int, _ purpose: Purpose) -> Bool {
    state.withLock { uses in
      guard fits(bytes, uses) else { return false }
      Self.add(bytes, purpose, &uses)
      return true
    }
  }

  /// A request larger than the whole budget gets through alone rather than never.
  private func fits(_ bytes: Int, _ uses: Uses) -> Bool {
    uses.total + bytes <= bytesMax || uses.total == 0
  }

  private static func add(_ bytes: Int, _ purpose: Purpose, _ uses: inout Uses) {
    uses.bytes[purpose.rawValue] += bytes
    uses.total += bytes
  }

  private func reclaim(_ bytes: Int) {
    var missing = bytes
    for reclaimer in reclaimers.withLock({ $0 }) where missing > 0 {
      missing -= reclaimer(missing)
    }
  }
}
