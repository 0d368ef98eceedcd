public import SwfsCore
import SwfsObserve
import Synchronization

extension ClusterFileSystem {
  private static let blockBytes: UInt64 = 4096
  private static let spaceSeconds = 5.0

  public func statistics(_ context: OperationContext) throws(FSError) -> VolumeStatistics {
    let space = try currentSpace(context)
    let free = space.totalBytes > space.usedBytes ? space.totalBytes - space.usedBytes : 0
    return VolumeStatistics(
      blockSize: UInt32(Self.blockBytes), totalBlocks: space.totalBytes / Self.blockBytes,
      freeBlocks: free / Self.blockBytes, files: max(space.fileCount, 1) + (1 << 40),
      freeFiles: 1 << 40)
  }

  private func currentSpace(_ context: OperationContext) throws(FSError) -> SpaceStatistics {
    if let known = space.withLock({ $0 }), !known.until.hasPassed { return known.statistics }
    let fresh: SpaceStatistics
    do throws(FSError) {
      // `df` must not hang as long as a read may: old numbers are better than none.
      fresh = try core.store.statistics(context.attempt(seconds: 5))
    } catch {
      if let known = space.withLock({ $0 }) { return known.statistics }
      throw error
    }
    space.withLock { $0 = (fresh, Deadline(secondsFromNow: Self.spaceSeconds)) }
    return fresh
  }

  public func flushAll(_ context: OperationContext) -> [FlushFailure] {
    var failures: [FlushFailure] = []
    for content in core.dirty.all { content.startUploads() }
    for content in core.dirty.all {
      do throws(FSError) {
        try content.flush(context)
      } catch {
        failures.append(
          FlushFailure(
            path: content.name, bytes: content.state.withLock { $0.unstoredByteCount },
            error: error))
      }
    }
    core.storeTouches(context)
    return failures
  }
}
