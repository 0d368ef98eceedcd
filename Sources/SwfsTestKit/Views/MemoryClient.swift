public import SwfsCore
import Synchronization

/// One mount's view of a `MemoryCluster`: all the ports, a feed of everybody else's changes, and a
/// plan of what goes wrong. Thread-safe.
public final class MemoryClient: Sendable {
  public let cluster: MemoryCluster
  public let faults = FaultPlan()
  let number: Int
  let feed: MemoryFeed

  init(cluster: MemoryCluster, number: Int, feed: MemoryFeed) {
    self.cluster = cluster
    self.number = number
    self.feed = feed
  }

  /// Ends the feed and gives the locks back: the mount is gone.
  public func disconnect() {
    feed.stop()
    cluster.state.withLock { state in
      state.feeds[number] = nil
      state.locks.releaseClient(number)
    }
  }

  /// Breaks the event stream: changes made while it is broken are never reported.
  public func breakFeed() { feed.setBroken(true) }
  public func resumeFeed() { feed.setBroken(false) }

  /// Keeps events back until `releaseFeed`, to see what a mount does before it hears of a change.
  public func holdFeed() { feed.setHeld(true) }
  public func releaseFeed() { feed.setHeld(false) }
}

extension MemoryClient: ChangeFeed {
  public func start(_ handler: @escaping @Sendable (FeedMessage) -> Void) { feed.start(handler) }
  public func stop() { feed.stop() }
  public var isHealthy: Bool { feed.isHealthy }
}

extension MemoryClient: NameSource {
  public func lookup(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry {
    try faults.run(.lookup, path, context) { () throws(FSError) -> Entry in
      guard let entry = try cluster.entry(path) else { throw FSError(.notFound, "no \(path)") }
      return entry
    }
  }

  public func list(
    _ directory: EntryPath, after: EntryName?, limit: Int, _ context: OperationContext
  ) throws(FSError) -> ListingPage {
    try faults.run(.list, directory, context) { () throws(FSError) -> ListingPage in
      let now = cluster.clock.now
      return cluster.state.withLock {
        $0.filer.list(directory, after: after, limit: max(limit, 1), now: now)
      }
    }
  }
}

extension MemoryClient: LockService {
  public func tryLock(
    _ key: String, _ lock: AdvisoryLock, _ context: OperationContext
  ) throws(FSError) -> LockAnswer {
    try faults.run(.tryLock, nil, context) { () throws(FSError) -> LockAnswer in
      cluster.state.withLock { $0.locks.tryLock(key, lock, client: number) }
    }
  }

  public func conflict(
    _ key: String, _ lock: AdvisoryLock, _ context: OperationContext
  ) throws(FSError) -> AdvisoryLock? {
    try faults.run(.lockConflict, nil, context) { () throws(FSError) -> AdvisoryLock? in
      cluster.state.withLock { $0.locks.conflict(key, lock, client: number) }
    }
  }

  public func releaseOwner(
    _ key: String, owner: UInt64, isFlock: Bool, _ context: OperationContext
  ) throws(FSError) {
    try faults.run(.releaseLocks, nil, context) { () throws(FSError) in
      cluster.state.withLock {
        $0.locks.releaseOwner(key, owner: owner, isFlock: isFlock, client: number)
      }
    }
  }
}
