public import SwfsCore
import SwfsObserve
import Synchronization

/// The file system over a SeaweedFS cluster: names, changes and bytes through their ports.
///
/// Operations are in `Operations/`, one file per group. Thread-safe.
///
/// Nothing about unopened files is cached here: the kernel caches, and is told when somebody else
/// changes something. So a request that does reach the file system is answered from the cluster.
public final class ClusterFileSystem: FileSystem {
  let core: Core
  let handles = HandleTable()
  let locks: (any LockService)?
  private let feed: (any ChangeFeed)?
  private let applier: FeedApplier
  private let writeback: WritebackThread
  let space = Mutex<(statistics: SpaceStatistics, until: Deadline)?>(nil)

  /// - Parameters:
  ///   - feed: changes by others; without it the kernel is told to believe nothing for long.
  ///   - locks: where file locks are kept; nil when the kernel keeps them for this mount alone.
  public init(
    names: any NameSource, store: any NamespaceStore, chunks: any ChunkStore,
    reader: ContentReader, feed: (any ChangeFeed)?, locks: (any LockService)?,
    budget: MemoryBudget, options: FileSystemOptions
  ) {
    core = Core(
      names: names, store: store, chunks: chunks, reader: reader, budget: budget, options: options)
    self.locks = locks
    self.feed = feed
    applier = FeedApplier(core: core)
    writeback = WritebackThread(core: core)
    core.setFeed(feed)
  }

  /// Starts background work: the change feed and the write-back thread.
  ///
  /// - Parameter notifier: the way to the kernel; nil when there is none (tests).
  public func start(notifier: (any KernelNotifier)?) {
    core.setNotifier(notifier)
    writeback.start()
    feed?.start { [applier] message in applier.apply(message) }
  }

  /// Ends background work. Dirty data must have been flushed before.
  public func stop() {
    feed?.stop()
    writeback.stop()
    core.setNotifier(nil)
  }

  /// Whether file locks come here; otherwise the kernel keeps them.
  public var handlesLocks: Bool { locks != nil }

  /// Bytes written by applications that are not stored yet.
  public var unstoredBytes: Int {
    core.dirty.all.reduce(0) { $0 + $1.state.withLock { $0.unstoredByteCount } }
  }

  func refuseIfReadOnly() throws(FSError) {
    if core.options.isReadOnly { throw FSError(.readOnly, "mounted read-only") }
  }
}
