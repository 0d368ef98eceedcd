import SwfsCore
import Testing

@Suite struct BlockMemoryTests {
  private let usual = 256 << 10

  private func memory(_ budget: MemoryBudget) -> BlockMemory {
    BlockMemory(budget: budget, purpose: .chunkCache, usualBytes: usual, unusedMax: 2)
  }

  @Test func everyByteComesBackToTheBudget() throws {
    let budget = MemoryBudget(bytesMax: 8 << 20)
    do {
      let memory = memory(budget)
      let blocks = [1, 1000, usual, usual, usual, 1 << 20].compactMap { memory.makeBlock($0) }
      #expect(blocks.count == 6)
      #expect(budget.used == blocks.reduce(0) { $0 + $1.count })
      for block in blocks {
        block.unsharedBytes.initializeMemory(as: UInt8.self, repeating: 7)
        #expect(block.bytes.count == block.count)
      }
    }
    #expect(budget.used == 0)
  }

  @Test func fewUnusedBlocksAreKeptAndStayCounted() throws {
    let budget = MemoryBudget(bytesMax: 8 << 20)
    let memory = memory(budget)
    do {
      let blocks = (0..<4).compactMap { _ in memory.makeBlock(usual) }
      #expect(blocks.count == 4)
    }
    #expect(budget.used == 2 * usual)
    let again = try #require(memory.makeBlock(usual))
    #expect(budget.used == 2 * usual)
    #expect(again.count == usual)
  }

  @Test func unusedBlocksGiveWayToOthers() throws {
    let budget = MemoryBudget(bytesMax: 1 << 20)
    let memory = memory(budget)
    do { _ = memory.makeBlock(usual) }
    #expect(budget.used == usual)
    #expect(budget.tryReserve(1 << 20, for: .dirtyPages))
    #expect(budget.used == 1 << 20)
    #expect(memory.makeBlock(usual) == nil)
    #expect(memory.makeBlock(0) == nil)
  }

  @Test func waitingWriterGetsWhatACacheCanGiveOnlyLater() throws {
    let budget = MemoryBudget(bytesMax: 1 << 20)
    #expect(budget.tryReserve(1 << 20, for: .chunkCache))
    // In use at first: the cache has nothing to give when the writer comes.
    let canGive = Monitor(false)
    budget.addReclaimer { [unowned budget] _ in
      let gives = canGive.withLock { gives in
        defer { gives = false }
        return gives
      }
      guard gives else { return 0 }
      budget.release(1 << 20, for: .chunkCache)
      return 1 << 20
    }
    let done = Monitor(false)
    startThread("writer") {
      let context = OperationContext.background(seconds: 60)
      // A failure shows below: the bytes are not there then.
      try? budget.reserve(1 << 20, for: .dirtyPages, context)
      done.update { $0 = true }
    }
    let context = OperationContext.background(seconds: 60)
    while budget.waiters == 0 { try context.sleep(seconds: 0.005, "the writer") }
    canGive.withLock { $0 = true }
    try done.wait(context, for: "the writer") { $0 ? () : nil }
    #expect(budget.used(for: .dirtyPages) == 1 << 20)
    #expect(budget.used(for: .chunkCache) == 0)
  }
}
