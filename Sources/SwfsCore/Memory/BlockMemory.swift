import Glibc
import Synchronization

/// Makes block buffers out of the memory budget, and takes the usual size back for the next one.
///
/// Thread-safe. Blocks are mapped, not allocated: an allocator with an arena for each thread holds
/// on to several times what is in use. Mapping costs a page fault for every 4 KiB, so a few unused
/// blocks are kept, still counted in the budget, and given up as soon as anybody needs memory.
public final class BlockMemory: Sendable {
  /// Smaller blocks come from the allocator.
  static let mappedBytesMin = 128 << 10

  private struct Unused: @unchecked Sendable {
    // Safe: an unused block belongs to nobody but the list, which is guarded by the mutex.
    let memory: UnsafeMutableRawPointer
  }

  public let budget: MemoryBudget
  private let purpose: MemoryBudget.Purpose
  private let usualBytes: Int
  private let unusedMax: Int
  private let unused = Mutex<[Unused]>([])

  /// - Parameters:
  ///   - usualBytes: the size of block that is kept for reuse.
  ///   - unusedMax: how many of them.
  public init(
    budget: MemoryBudget, purpose: MemoryBudget.Purpose, usualBytes: Int, unusedMax: Int = 4
  ) {
    self.budget = budget
    self.purpose = purpose
    self.usualBytes = usualBytes
    self.unusedMax = unusedMax
    budget.addReclaimer { [weak self] in self?.giveUp($0) ?? 0 }
  }

  deinit { _ = giveUp(.max) }

  /// Takes a block from the budget without waiting. Returns nil when there is no room.
  public func makeBlock(_ count: Int) -> BlockBuffer? {
    guard count > 0 else { return nil }
    if count == usualBytes, let kept = unused.withLock({ $0.popLast() }) {
      return BlockBuffer(memory: kept.memory, count: count, owner: self)
    }
    guard budget.tryReserve(count, for: purpose) else { return nil }
    guard let memory = Self.map(count) else {
      budget.release(count, for: purpose)
      return nil
    }
    return BlockBuffer(memory: memory, count: count, owner: self)
  }

  func takeBack(_ memory: UnsafeMutableRawPointer, _ count: Int) {
    let block = Unused(memory: memory)
    let isKept =
      count == usualBytes && count >= Self.mappedBytesMin && budget.waiters == 0
      && unused.withLock { unused -> Bool in
        guard unused.count < unusedMax else { return false }
        unused.append(block)
        return true
      }
    guard !isKept else { return }
    Self.unmap(memory, count)
    budget.release(count, for: purpose)
  }

  private func giveUp(_ bytes: Int) -> Int {
    var freed = 0
    while freed < bytes, let block = unused.withLock({ $0.popLast() }) {
      Self.unmap(block.memory, usualBytes)
      budget.release(usualBytes, for: purpose)
      freed += usualBytes
    }
    return freed
  }

  private static func map(_ count: Int) -> UnsafeMutableRawPointer? {
    guard count >= mappedBytesMin else { return malloc(count) }
    let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    return memory == MAP_FAILED ? nil : memory
  }

  private static func unmap(_ memory: UnsafeMutableRawPointer, _ count: Int) {
    if count >= mappedBytesMin { munmap(memory, count) } else { free(memory) }
  }
}
