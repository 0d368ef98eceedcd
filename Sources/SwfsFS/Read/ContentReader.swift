public import SwfsCore
internal import SwfsObserve

/// Brings the bytes of files from volume servers, caches included. One per mount, thread-safe.
///
/// - Random reads go straight from the store into the caller's buffer, as ranged reads of what is
///   asked for; blocks that are missed again and again are fetched whole.
/// - Sequential reads work in blocks, several fetched ahead in parallel by a pool of threads.
/// - Encrypted needles can only be fetched whole, so their clear bytes are kept as one block.
///
/// A block is fetched once, however many readers wait for it. The calling thread fetches what it
/// needs itself unless somebody already does. Reading never waits for memory: without room for a
/// block it reads exactly what is asked for.
public final class ContentReader: Sendable {
  let store: any ChunkStore
  let cache: (any ChunkCache)?
  let budget: MemoryBudget
  let options: ContentReaderOptions
  let memory: BlockMemory
  let blocks: BlockTable
  let pool: FetchPool
  private let streams = StreamCount()

  /// - Parameter cache: the disk tier, if there is one.
  public init(
    store: any ChunkStore, cache: (any ChunkCache)?, budget: MemoryBudget,
    options: ContentReaderOptions? = nil
  ) {
    let options = options ?? ContentReaderOptions(budgetBytes: budget.bytesMax)
    self.store = store
    self.cache = cache
    self.budget = budget
    self.options = options
    memory = BlockMemory(budget: budget, purpose: .chunkCache, usualBytes: options.blockBytes)
    let blocks = BlockTable(bytesMax: options.cacheBytesMax)
    self.blocks = blocks
    pool = FetchPool(
      threadsMax: options.fetchThreadsMax, jobsMax: options.fetchQueueMax,
      idleSeconds: options.idleSeconds)
    budget.addReclaimer { [weak blocks] in blocks?.reclaim($0) ?? 0 }
  }

  /// What one open handle brings along to its reads.
  public func pattern() -> ReadPattern {
    ReadPattern(windowStart: options.blockBytes / 2, streams: streams)
  }

  /// Gives up every block in memory (blocks in use live on until their readers are done).
  public func dropMemory() { _ = blocks.reclaim(.max) }

  /// Fills the buffer with the file's bytes from `range.lowerBound` on. Holes, and whatever lies
  /// behind the end of the file, are zeros; the caller clips to the size it reports.
  ///
  /// - Parameter buffer: has `range.count` bytes.
  /// - Throws: what the store says about a chunk that is needed; `corrupt` for a chunk without a
  ///   usable id; `chunkMissing` for one encrypted by the S3 gateway; `interrupted`, `timedOut`.
  public func read(
    _ view: ChunkView, pattern: ReadPattern, range: Range<Int64>,
    into buffer: UnsafeMutableRawBufferPointer, _ context: OperationContext
  ) throws(FSError) {
    guard range.lowerBound >= 0, buffer.count == range.count else {
      throw FSError(
        .invalidArgument, "read of \(range) into a buffer of \(buffer.count) bytes")
    }
    let visible = range.clamped(to: 0..<Int64(clamping: view.size))
    if visible.count < range.count {
      buffer.zero(visible.isEmpty ? 0 : Int(visible.upperBound - range.lowerBound), buffer.count)
    }
    guard !visible.isEmpty else { return }

    let advice = pattern.observe(visible, windowBytesMax: options.aheadBytesMax)
    fetchAhead(view, pattern, visible, advice)
    try view.forEachPiece(in: visible) { (piece) throws(FSError) in
      let start = Int(piece.fileRange.lowerBound - range.lowerBound)
      let part = UnsafeMutableRawBufferPointer(
        rebasing: buffer[start..<start + piece.fileRange.count])
      guard let chunk = piece.chunk else { return part.zero(0, part.count) }
      let fid = try Self.readableID(of: chunk)
      try read(chunk, fid, piece.needleOffset, into: part, advice, pattern, context)
    }
  }

  /// Serves one piece of a needle, block by block.
  private func read(
    _ chunk: Chunk, _ fid: FileID, _ offset: UInt64, into buffer: UnsafeMutableRawBufferPointer,
    _ advice: AccessDetector.Advice, _ pattern: ReadPattern, _ context: OperationContext
  ) throws(FSError) {
    var done = 0
    while done < buffer.count {
      let position = offset + UInt64(done)
      let key = blockKey(chunk, fid, at: position)
      let inBlock = Int(position - key.start)
      let length = min(buffer.count - done, key.count - inBlock)
      guard length > 0 else {
        // A view never reaches beyond its chunks; without this a bug would spin here.
        throw FSError(.corrupt, "read of \(chunk.name) at \(position), behind its end")
      }
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + length])
      let isSequential = advice != .exact
      if !copy(key, inBlock, into: part, consumed: isSequential && inBlock + length == key.count) {
        if isSequential || wantsWhole(key, chunk, length, pattern) {
          try readThroughBlock(chunk, key, inBlock, into: part, context)
        } else {
          try readExactly(chunk, key, inBlock, into: part, pattern, context)
        }
      }
      done += length
    }
  }

  /// The block that a byte of a needle belongs to.
  func blockKey(_ chunk: Chunk, _ fid: FileID, at offset: UInt64) -> BlockKey {
    let size = Int(clamping: chunk.size)
    guard size > options.blockBytes, !comesWhole(chunk) else {
      return BlockKey(fid: fid, start: 0, count: size)
    }
    let start = offset / UInt64(options.blockBytes) * UInt64(options.blockBytes)
    let rest = chunk.size > start ? chunk.size - start : 0
    return BlockKey(fid: fid, start: start, count: min(Int(clamping: rest), options.blockBytes))
  }

  /// Whether any read of the needle costs as much as reading all of it: there are no ranges in an
  /// encrypted needle, and of a compressed one the server unpacks everything for each range.
  func comesWhole(_ chunk: Chunk) -> Bool {
    !chunk.cipherKey.isEmpty
      || (chunk.isCompressed && chunk.size <= UInt64(4 * options.blockBytes))
  }

  /// Whether a block pays off although nobody reads in sequence.
  private func wantsWhole(
    _ key: BlockKey, _ chunk: Chunk, _ length: Int, _ pattern: ReadPattern
  ) -> Bool {
    // With a disk tier what has been fetched once is worth keeping, so a block pays off earlier.
    if comesWhole(chunk) || (cache != nil && 2 * length >= key.count) { return true }
    return pattern.noteMiss(key, enough: cache == nil ? 8 : 3)
  }

  private static func readableID(of chunk: Chunk) throws(FSError) -> FileID {
    guard let fid = chunk.fid else {
      throw FSError(.corrupt, "chunk id \(chunk.name) cannot be read")
    }
    guard chunk.sseType == 0 else {
      throw FSError(
        .chunkMissing, "chunk \(chunk.name) is encrypted by the S3 gateway, whose key is not here")
    }
    return fid
  }
}

extension UnsafeMutableRawBufferPointer {
  func zero(_ start: Int, _ end: Int) {
    guard start < end, end <= count else { return }
    UnsafeMutableRawBufferPointer(rebasing: self[start..<end])
      .initializeMemory(as: UInt8.self, repeating: 0)
  }
}
