/// Bytes of one block, taken from the memory budget for as long as anybody refers to them.
///
/// Whoever makes a buffer (`BlockMemory.makeBlock`) fills it and shares it afterwards; shared
/// buffers are never written.
public final class BlockBuffer: @unchecked Sendable {
  // Safe: `memory` is written only by the maker before the buffer is shared, and freed in `deinit`.
  private let memory: UnsafeMutableRawPointer
  private let owner: BlockMemory
  public let count: Int

  init(memory: UnsafeMutableRawPointer, count: Int, owner: BlockMemory) {
    self.memory = memory
    self.count = count
    self.owner = owner
  }

  deinit { owner.takeBack(memory, count) }

  /// Valid while the buffer is referred to.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

  /// For the maker, before anybody else has the buffer.
  public var unsharedBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: memory, count: count)
  }
}
