/// Sweeps over a chunk list once and finds the visible chunk of every byte of a file.
///
/// At each step the chunks that cover the position sit in a heap with the winner on top; chunks that
/// have ended leave it when they come to the top. Every chunk enters and leaves once: O(n log n).
struct ChunkResolution {
  private let chunks: [Needle]
  private let end: Int64
  /// Chunks that cover something, by their start.
  private let order: [UInt32]
  /// Indices of chunks that have started, the winner first.
  private var heap: [UInt32] = []
  /// Where each interval starts, and its chunk or `ChunkView.hole`. Neighbours always differ.
  private(set) var starts: [Int64] = []
  private(set) var owners: [UInt32] = []

  /// - Parameter chunks: with valid ends, fewer than `ChunkView.hole`.
  init(chunks: [Needle], end: Int64) {
    self.chunks = chunks
    self.end = end
    var order: [UInt32] = []
    order.reserveCapacity(chunks.count)
    var sorted = true
    var previous: Int64 = 0
    for (index, chunk) in chunks.enumerated() where chunk.size > 0 && chunk.offset < end {
      order.append(UInt32(truncatingIfNeeded: index))
      sorted = sorted && chunk.offset >= previous
      previous = chunk.offset
    }
    if !sorted {
      order.sort { left, right in
        let (a, b) = (chunks[Int(left)].offset, chunks[Int(right)].offset)
        return a != b ? a < b : left < right
      }
    }
    self.order = order
  }

  mutating func run() {
    var position: Int64 = 0
    var next = 0
    while position < end {
      while next < order.count, chunks[Int(order[next])].offset <= position {
        push(order[next])
        next += 1
      }
      while let top = heap.first, endOfChunk(top) <= position { pop() }
      var stop = next < order.count ? min(chunks[Int(order[next])].offset, end) : end
      if let top = heap.first {
        stop = min(stop, endOfChunk(top))
        append(position, top)
      } else {
        append(position, ChunkView.hole)
      }
      position = stop
    }
  }

  private mutating func append(_ start: Int64, _ owner: UInt32) {
    guard owners.last != owner else { return }
    starts.append(start)
    owners.append(owner)
  }

  private func endOfChunk(_ index: UInt32) -> Int64 { chunks[Int(index)].end }

  /// Whether the first chunk hides the second one where both have bytes.
  private func wins(_ left: UInt32, _ right: UInt32) -> Bool {
    let (a, b) = (chunks[Int(left)], chunks[Int(right)])
    if a.modifiedNanoseconds != b.modifiedNanoseconds {
      return a.modifiedNanoseconds > b.modifiedNanoseconds
    }
    return a.offset != b.offset ? a.offset < b.offset : left < right
  }

  private mutating func push(_ index: UInt32) {
    heap.append(index)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard wins(heap[child], heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func pop() {
    guard let last = heap.popLast(), !heap.isEmpty else { return }
    heap[0] = last
    var parent = 0
    while true {
      var best = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if wins(heap[child], heap[best]) { best = child }
      }
      guard best != parent else { return }
      heap.swapAt(best, parent)
      parent = best
    }
  }
}
