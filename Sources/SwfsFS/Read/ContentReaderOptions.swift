/// The sizes that reading goes by.
public struct ContentReaderOptions: Sendable {
  /// Needles are fetched and kept in pieces of at most this many bytes, aligned in the needle.
  public var blockBytes: Int
  /// Blocks kept in memory at most. They are given up earlier when others need memory.
  public var cacheBytesMax: Int
  /// Bytes fetched ahead at most, shared by all handles that read in sequence.
  public var aheadBytesMax: Int
  /// Threads that fetch ahead; the reading threads come on top.
  public var fetchThreadsMax: Int
  /// Fetches ahead that may wait for a thread.
  public var fetchQueueMax: Int
  /// A thread without work ends after this time.
  public var idleSeconds: Double
  /// How long one fetch ahead may take before it is given up.
  public var aheadSeconds: Double
  /// Needles of at most this size are fetched whole and in parallel when one read needs several.
  public var smallNeedleBytes: Int

  /// Sizes that suit a memory budget: a sixth of it for blocks, half of that for fetching ahead.
  public init(budgetBytes: Int) {
    cacheBytesMax = max(budgetBytes / 6, 1 << 20)
    aheadBytesMax = cacheBytesMax / 2
    blockBytes = Self.powerOfTwo(atMost: min(max(cacheBytesMax / 10, 128 << 10), 4 << 20))
    fetchThreadsMax = 16
    fetchQueueMax = 256
    idleSeconds = 10
    aheadSeconds = 30
    smallNeedleBytes = 128 << 10
  }

  private static func powerOfTwo(atMost limit: Int) -> Int {
    var size = 1
    while size <= limit / 2 { size *= 2 }
    return size
  }
}
