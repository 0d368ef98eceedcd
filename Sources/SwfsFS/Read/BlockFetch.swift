internal import SwfsCore

/// One download of a block, shared by everybody who needs the block.
///
/// `isStarted` is guarded by the table's lock; the outcome by its own monitor, so that only those
/// who wait for this block are woken.
final class BlockFetch: @unchecked Sendable {
  // Safe: the one mutable field is touched only under the lock of the `BlockTable` that owns it.
  enum Outcome {
    case running
    case done(BlockBuffer)
    /// The store gave up; its answer holds for everybody.
    case failed(FSError)
    /// Nobody tried to the end (no memory, an interrupted reader, a failed fetch ahead): whoever
    /// needs the block fetches it.
    case abandoned
  }

  let key: BlockKey
  /// False while it waits for a thread of the pool; a reader may then take it over.
  var isStarted = false
  private let outcome = Monitor<Outcome>(.running)

  init(_ key: BlockKey) {
    self.key = key
  }

  func finish(_ result: Outcome) { outcome.update { $0 = result } }

  func wait(_ context: OperationContext) throws(FSError) -> Outcome {
    try outcome.wait(context, for: "chunk \(key.fid), which is being fetched") { outcome in
      if case .running = outcome { nil } else { outcome }
    }
  }
}
