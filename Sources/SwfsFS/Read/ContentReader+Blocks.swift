internal import SwfsCore
internal import SwfsObserve

extension ContentReader {
  /// Copies from a block in memory. Returns false when it is not there.
  func copy(
    _ key: BlockKey, _ offset: Int, into buffer: UnsafeMutableRawBufferPointer, consumed: Bool
  ) -> Bool {
    guard case .resident(let block) = blocks.look(key, consumed: consumed) else { return false }
    Metrics.chunkCacheHits.add()
    buffer.copyMemory(from: block, offset)
    return true
  }

  /// Reads what is asked for and nothing else, straight into the caller's buffer. A block that is
  /// being fetched anyway is waited for instead.
  func readExactly(
    _ chunk: Chunk, _ key: BlockKey, _ offset: Int, into buffer: UnsafeMutableRawBufferPointer,
    _ pattern: ReadPattern, _ context: OperationContext
  ) throws(FSError) {
    if case .fetching = blocks.look(key, consumed: false) {
      return try readThroughBlock(chunk, key, offset, into: buffer, context)
    }
    if let cache, cache.read(key, offset: offset, into: buffer) {
      return Metrics.chunkCacheHits.add()
    }
    Metrics.chunkCacheMisses.add()
    try store.read(chunk, needleOffset: key.start + UInt64(offset), into: buffer, context)
  }

  /// Reads by way of a whole block: the one that is there, the one that somebody fetches, or one
  /// fetched here and now, which then serves everybody.
  func readThroughBlock(
    _ chunk: Chunk, _ key: BlockKey, _ offset: Int, into buffer: UnsafeMutableRawBufferPointer,
    _ context: OperationContext
  ) throws(FSError) {
    while true {
      try context.check("chunk \(key.fid)")
      // Memory first: a claimed block must not wait for anything but the store.
      var fresh: BlockBuffer?
      if case .missing = blocks.look(key, consumed: false) { fresh = memory.makeBlock(key.count) }
      let outcome: BlockFetch.Outcome
      switch blocks.claim(key) {
      case .resident(let block):
        Metrics.chunkCacheHits.add()
        return buffer.copyMemory(from: block, offset)
      case .mine(let fetch):
        guard let block = fresh ?? memory.makeBlock(key.count) else {
          blocks.abandon(fetch, .abandoned)
          Metrics.chunkCacheMisses.add()
          let start = key.start + UInt64(offset)
          return try store.read(chunk, needleOffset: start, into: buffer, context)
        }
        try fill(block, fetch, chunk, fetchedFor: nil, context)
        return buffer.copyMemory(from: block, offset)
      case .fetching(let fetch):
        fresh = nil
        outcome = try fetch.wait(context)
      }
      switch outcome {
      case .done(let block):
        Metrics.chunkCacheHits.add()
        return buffer.copyMemory(from: block, offset)
      case .failed(let error): throw error
      case .abandoned, .running: continue
      }
    }
  }

  /// Performs a claimed fetch: the disk tier, else the store; then publishes the block.
  func fill(
    _ block: BlockBuffer, _ fetch: BlockFetch, _ chunk: Chunk, fetchedFor pattern: ReadPattern?,
    _ context: OperationContext
  ) throws(FSError) {
    let key = fetch.key
    if let cache, cache.read(key, offset: 0, into: block.unsharedBytes) {
      Metrics.chunkCacheHits.add()
      return blocks.publish(fetch, block, fetchedFor: pattern)
    }
    Metrics.chunkCacheMisses.add()
    do {
      try store.read(chunk, needleOffset: key.start, into: block.unsharedBytes, context)
    } catch {
      blocks.abandon(fetch, Self.holdsForOthers(error, pattern) ? .failed(error) : .abandoned)
      throw error
    }
    blocks.publish(fetch, block, fetchedFor: pattern)
    // Clear bytes of encrypted needles stay off the disk.
    if chunk.cipherKey.isEmpty { cache?.store(block, for: key) }
    if budget.waiters > 0 {
      // A writer waits for memory: it asked the caches before this block was one of them.
      _ = blocks.reclaim(block.count)
    }
  }

  /// A reader's own interrupt or deadline says nothing about the needle, and a failed fetch ahead is
  /// no error until somebody needs the block: in both cases the next reader tries for itself.
  private static func holdsForOthers(_ error: FSError, _ pattern: ReadPattern?) -> Bool {
    pattern == nil && error.code != .interrupted && error.code != .timedOut
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Fills the buffer from a block. The caller has checked that the block is long enough; a shorter
  /// one would leave the rest as it is.
  func copyMemory(from block: BlockBuffer, _ offset: Int) {
    let end = Swift.min(offset + count, block.count)
    guard offset < end else { return }
    withExtendedLifetime(block) {
      copyMemory(from: UnsafeRawBufferPointer(rebasing: block.bytes[offset..<end]))
    }
  }
}
