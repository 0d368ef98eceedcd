internal import SwfsCore

extension ContentReader {
  /// Starts the fetches that this read and the next ones can do with, without waiting for any.
  func fetchAhead(
    _ view: ChunkView, _ pattern: ReadPattern, _ range: Range<Int64>,
    _ advice: AccessDetector.Advice
  ) {
    switch advice {
    case .exact:
      fetchSmallNeedles(view, pattern, range)
    case .ahead(let ahead):
      // The first block of the read is left to the reader itself, which needs it now anyway.
      schedule(view, pattern, range, skipFirst: true) { _ in true }
      schedule(view, pattern, ahead, skipFirst: false) { _ in true }
    }
  }

  /// One random read over many little needles (a file of appended records) would otherwise wait for
  /// one server after the other.
  private func fetchSmallNeedles(
    _ view: ChunkView, _ pattern: ReadPattern, _ range: Range<Int64>
  ) {
    let limit = UInt64(options.smallNeedleBytes)
    schedule(view, pattern, range, skipFirst: true) { $0.size <= limit }
  }

  /// Queues the blocks under a range of the file that are neither there nor on their way.
  private func schedule(
    _ view: ChunkView, _ pattern: ReadPattern, _ range: Range<Int64>, skipFirst: Bool,
    where isWanted: (Chunk) -> Bool
  ) {
    guard !range.isEmpty else { return }
    var first = skipFirst
    var previous: BlockKey?
    do {
      try view.forEachPiece(in: range) { (piece) throws(FSError) in
        guard let chunk = piece.chunk, let fid = chunk.fid, chunk.sseType == 0, isWanted(chunk)
        else { return }
        var position = piece.needleOffset
        let end = position + UInt64(piece.fileRange.count)
        while position < end {
          let key = blockKey(chunk, fid, at: position)
          guard key.count > 0 else { return }
          defer { position = key.start + UInt64(key.count) }
          if key == previous { continue }
          previous = key
          if first {
            first = false
            continue
          }
          guard fetchLater(chunk, key, pattern) else {
            throw FSError(.busy, "\(piece.fileRange.lowerBound)")
          }
        }
      }
    } catch {
      // The queue is full: this handle asks again when it comes closer.
      pattern.noteUnscheduled(from: range.lowerBound)
    }
  }

  /// Returns false when the queue is full.
  private func fetchLater(_ chunk: Chunk, _ key: BlockKey, _ pattern: ReadPattern) -> Bool {
    guard let fetch = blocks.announce(key) else { return true }
    let queued = pool.submit { [self] in
      guard blocks.start(fetch) else { return }
      // Writers that wait for memory come first, and a closed handle reads nothing any more.
      guard !pattern.isClosed, budget.waiters == 0, let block = memory.makeBlock(key.count) else {
        return blocks.abandon(fetch, .abandoned)
      }
      do {
        let context = OperationContext.background(seconds: options.aheadSeconds)
        try fill(block, fetch, chunk, fetchedFor: pattern, context)
      } catch {
        // Whoever needs the block fetches it again and gets to know the error.
      }
    }
    // Unless a reader has taken it over meanwhile.
    if !queued, blocks.start(fetch) { blocks.abandon(fetch, .abandoned) }
    return queued
  }
}
