import Glibc

/// Bytes of one block, taken from the memory budget for as long as anybody refers to them.
///
/// Whoever makes a buffer fills it and shares it afterwards; shared buffers are never written.
public final class BlockBuffer: @unchecked Sendable {
  // Safe: `memory` is written only by the maker before the buffer is shared, and freed in `deinit`.
  private let memory: UnsafeMutableRawPointer
  private let budget: MemoryBudget
  private let purpose: MemoryBudget.Purpose
  public let count: Int

  /// Takes the bytes from the budget without waiting. Returns nil when there is no room.
  public init?(count: Int, budget: MemoryBudget, purpose: MemoryBudget.Purpose) {
    guard count > 0, budget.tryReserve(count, for: purpose) else { return nil }
    guard let memory = malloc(count) else {
      budget.release(count, for: purpose)
      return nil
    }
    self.memory = memory
    self.budget = budget
    self.purpose = purpose
    self.count = count
  }

  deinit {
    free(memory)
    budget.release(count, for: purpose)
  }

  /// Valid while the buffer is referred to.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

  /// For the maker, before anybody else has the buffer.
  public var unsharedBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: memory, count: count)
  }
}
