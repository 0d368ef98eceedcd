import SwfsCore
import SwfsObserve
import Synchronization

/// File ids kept ready for each placement, so that an upload rarely waits for an assignment and a
/// master election does not stop writers at once.
///
/// Thread-safe. The lock is not held while ids are assigned.
final class FileIDPool: Sendable {
  private let source: any FileIDSource
  private let stocks = Mutex<[ChunkPlacement: FileIDStock]>([:])

  static let placementsMax = 256

  init(_ source: any FileIDSource) {
    self.source = source
  }

  /// One file id for a needle of that many bytes.
  ///
  /// - Parameters:
  ///   - placement: where the file's needles go; asked with its path, so that path rules apply.
  ///   - key: files whose placements have equal keys share ids.
  ///   - isAcceptable: false for volumes that had better be left alone for now. When the masters offer
  ///     nothing else, one of those is taken.
  /// - Throws: as `FileIDSource.assign`.
  func take(
    _ placement: ChunkPlacement, key: ChunkPlacement, bytes: UInt64, _ context: OperationContext,
    isAcceptable: (AssignedFileIDs) -> Bool
  ) throws(FSError) -> FileIDStock.Taken {
    let (taken, count, refills) = stocks.withLock { stocks -> (FileIDStock.Taken?, Int, Bool) in
      makeRoom(&stocks, for: key)
      let now = Deadline.now
      stocks[key, default: FileIDStock()].wanted(bytes: bytes, now: now)
      let taken = stocks[key]?.take(now: now, isAcceptable: isAcceptable)
      let isLow = stocks[key].map { $0.isLow(now: now) && !$0.isRefilling } ?? false
      if isLow { stocks[key]?.isRefilling = true }
      return (taken, stocks[key]?.batchCount(now: now) ?? 1, isLow)
    }
    if refills { refill(placement, key: key) }
    if let taken { return taken }

    for _ in 0..<Self.offersRefusedMax {
      let ids = try assign(count, placement, bytes, context)
      if isAcceptable(ids) { return keep(ids, key) }
    }
    return keep(try assign(count, placement, bytes, context), key)
  }

  /// How often another volume is asked for before an unwelcome one is taken.
  private static let offersRefusedMax = 4

  /// Forgets ids of a volume that refused one, or whose token has come to its end.
  func drop(volume: UInt32) {
    stocks.withLock { stocks in
      for key in stocks.keys { stocks[key]?.drop(volume: volume) }
    }
  }

  private func keep(_ ids: AssignedFileIDs, _ key: ChunkPlacement) -> FileIDStock.Taken {
    let batch = stocks.withLock {
      $0[key, default: FileIDStock()].add(ids, used: 1, now: Deadline.now)
    }
    return FileIDStock.Taken(fid: ids.first, batch: batch)
  }

  private func assign(
    _ count: Int, _ placement: ChunkPlacement, _ bytes: UInt64, _ context: OperationContext
  ) throws(FSError) -> AssignedFileIDs {
    let ids = try source.assign(
      count: count, placement: placement, expectedBytes: bytes, context)
    guard ids.count > 0, !ids.locations.isEmpty else {
      throw FSError(.unavailable, "file ids without a server were assigned for \(placement.path)")
    }
    return ids
  }

  /// Fetches one batch in a thread of its own, so that the writer goes on.
  private func refill(_ placement: ChunkPlacement, key: ChunkPlacement) {
    startThread("swfs-assign") { [self] in
      let (count, bytes) = stocks.withLock {
        ($0[key]?.batchCount(now: Deadline.now) ?? 1, $0[key]?.expectedBytes ?? 0)
      }
      let ids: AssignedFileIDs?
      do {
        ids = try assign(count, placement, bytes, .background(seconds: 10))
      } catch {
        // Writers still have ids, and will get the error themselves when they have none.
        Log.debug("file ids cannot be fetched ahead error=\"\(error)\"")
        ids = nil
      }
      stocks.withLock { stocks in
        stocks[key]?.isRefilling = false
        if let ids { _ = stocks[key]?.add(ids, used: 0, now: Deadline.now) }
      }
    }
  }

  /// Drops the placement that was not used for the longest time.
  private func makeRoom(_ stocks: inout [ChunkPlacement: FileIDStock], for key: ChunkPlacement) {
    guard stocks.count >= Self.placementsMax, stocks[key] == nil else { return }
    if let oldest = stocks.min(by: { $0.value.lastUse < $1.value.lastUse }) {
      stocks[oldest.key] = nil
    }
  }
}
