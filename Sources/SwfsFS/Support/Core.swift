import SwfsCore
import SwfsObserve
import Synchronization

/// The parts that operations share. Immutable after start, apart from what the parts guard themselves.
final class Core: Sendable {
  let names: any NameSource
  let store: any NamespaceStore
  let chunks: any ChunkStore
  let reader: ContentReader
  let budget: MemoryBudget
  let options: FileSystemOptions
  let table: InodeTable
  let gate = NamespaceGate()
  let clock = WriteClock()
  let uploads: UploadQueue
  let dirty = DirtyRegistry()
  let touches = TouchedDirectories()
  private let notifierBox = Mutex<(any KernelNotifier)?>(nil)
  private let feedBox = Mutex<(any ChangeFeed)?>(nil)

  init(
    names: any NameSource, store: any NamespaceStore, chunks: any ChunkStore,
    reader: ContentReader, budget: MemoryBudget, options: FileSystemOptions
  ) {
    self.names = names
    self.store = store
    self.chunks = chunks
    self.reader = reader
    self.budget = budget
    self.options = options
    table = InodeTable(base: options.basePath, budget: budget)
    uploads = UploadQueue(threadsMax: options.uploadThreadsMax)
  }

  var notifier: (any KernelNotifier)? { notifierBox.withLock { $0 } }
  func setNotifier(_ notifier: (any KernelNotifier)?) { notifierBox.withLock { $0 = notifier } }

  func setFeed(_ feed: (any ChangeFeed)?) { feedBox.withLock { $0 = feed } }

  /// How long the kernel may believe what it is told now.
  var validity: Validity {
    hearsOthers ? options.healthyValidity : options.degradedValidity
  }

  /// Whether changes by others are reported here at once.
  var hearsOthers: Bool { feedBox.withLock { $0?.isHealthy ?? false } }

  func background() -> OperationContext { .background(seconds: options.deadlineSeconds) }

  /// The path of an inode that must have one.
  func path(of inode: InodeID) throws(FSError) -> EntryPath {
    guard let path = table.path(of: inode) else {
      throw FSError(.notFound, "inode \(inode.number) has no name any more")
    }
    return path
  }

  func inode(_ id: InodeID) throws(FSError) -> Inode {
    guard let inode = table.inode(id) else {
      throw FSError(.stale, "inode \(id.number) is unknown")
    }
    return inode
  }

  /// Row attributes with ids as this machine knows them.
  func localized(_ attributes: FileAttributes) -> FileAttributes {
    var local = attributes
    local.uid = options.uidMap.local(attributes.uid)
    local.gid = options.gidMap.local(attributes.gid)
    return local
  }

  /// Reads, changes and writes back an entry until no other writer was in between.
  ///
  /// - Returns: the entry as it was written.
  func mutate(
    _ path: EntryPath, _ context: OperationContext,
    _ change: (inout Entry) throws(FSError) -> Void
  ) throws(FSError) -> Entry {
    var round = 0
    while true {
      let current = try store.current(path, context)
      var changed = current
      try change(&changed)
      if changed == current { return current }
      do throws(FSError) {
        try store.update(changed, in: path.parent, precondition: .equal(current), context)
        return changed
      } catch  where error.code == .preconditionFailed {
        Metrics.commitConflicts.add()
        round += 1
        try context.sleep(seconds: Backoff.seconds(round: round), "another writer of \(path)")
      }
    }
  }
}

/// Pauses between rounds of optimistic writes: short, growing, and different for everybody.
enum Backoff {
  static func seconds(round: Int) -> Double {
    let ceiling = min(0.002 * Double(1 << min(round, 7)), 0.25)
    return Double.random(in: ceiling / 4...ceiling)
  }
}
