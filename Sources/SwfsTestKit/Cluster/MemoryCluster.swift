public import SwfsCore
import Synchronization

/// A SeaweedFS in memory, with the real one's rules and traps: upserts of whole entries, needles freed
/// when they are missing from the new chunk list, guards, hard-link records, TTL, manifests.
///
/// Each mount under test gets its own `MemoryClient`; a change made through one is reported to the
/// feeds of the others. Thread-safe. Freed needles are gone at once unless told otherwise, so that a
/// reader that relies on luck fails.
public final class MemoryCluster: Sendable {
  public let clock: TestClock
  let state: Mutex<State>

  struct State {
    var filer: FilerState
    var locks = LockTable()
    var feeds: [Int: MemoryFeed] = [:]
    var nextClient = 0
  }

  /// - Parameters:
  ///   - manifestBatch: plain chunks from which on the filer makes manifests; small numbers bring them
  ///     out in small files.
  ///   - vacuumsAtOnce: false keeps freed needles readable until `vacuum`, as a real cluster does for
  ///     readers with `readDeleted`.
  public init(
    clock: TestClock = TestClock(), manifestBatch: Int = 10_000, vacuumsAtOnce: Bool = true
  ) {
    self.clock = clock
    state = Mutex(
      State(
        filer: FilerState(
          manifestBatch: manifestBatch, vacuumsAtOnce: vacuumsAtOnce, started: clock.now)))
  }

  /// A new view of the cluster: what one mount talks to.
  public func makeClient() -> MemoryClient {
    state.withLock { state in
      state.nextClient += 1
      let feed = MemoryFeed(name: "filer-\(state.nextClient)")
      state.feeds[state.nextClient] = feed
      return MemoryClient(cluster: self, number: state.nextClient, feed: feed)
    }
  }

  /// Waits until every running feed has delivered what there is.
  ///
  /// - Returns: false when that took longer than `seconds`.
  @discardableResult
  public func settle(seconds: Double = 30) -> Bool {
    let feeds = state.withLock { Array($0.feeds.values) }
    return feeds.allSatisfy { $0.drain(seconds: seconds) }
  }

  /// Runs a change under the lock and queues its events, in order, for everybody but the author.
  func change<R>(
    by client: Int?, _ body: (inout State, Timestamp) throws(FSError) -> R
  ) throws(FSError) -> R {
    let now = clock.now
    return try state.withLock { state throws(FSError) -> R in
      defer {
        let events = state.filer.events
        state.filer.events = []
        if !events.isEmpty {
          for (number, feed) in state.feeds where number != client { feed.enqueue(events) }
        }
      }
      return try body(&state, now)
    }
  }
}

// What other SeaweedFS clients would do, and what tests look at.
extension MemoryCluster {
  /// Stores an entry as another client would (chunks must be stored before).
  public func put(_ entry: Entry, in directory: EntryPath) throws(FSError) {
    try change(by: nil) { state, now throws(FSError) in
      try state.filer.create(entry, in: directory, .none, now: now)
    }
  }

  /// The entry as filers answer it, or nil.
  public func entry(_ path: EntryPath) throws(FSError) -> Entry? {
    let now = clock.now
    return try state.withLock { state throws(FSError) -> Entry? in
      try state.filer.find(path, now: now)
    }
  }

  /// Stores a data needle; the caller places the chunk.
  public func storeChunk(
    _ bytes: [UInt8], offset: Int64, modifiedNanoseconds: Int64
  ) throws(FSError) -> Chunk {
    let fid = try state.withLock { state throws(FSError) -> FileID in
      try state.filer.needles.store(bytes)
    }
    return Chunk(
      fid: fid, offset: offset, size: UInt64(bytes.count),
      modifiedNanoseconds: modifiedNanoseconds)
  }

  /// Stores a manifest needle over chunks, which may be manifests themselves.
  public func storeManifest(of chunks: [Chunk]) throws(FSError) -> Chunk {
    try state.withLock { state throws(FSError) -> Chunk in
      try ChunkCleanup.manifest(of: chunks, in: &state.filer.needles)
    }
  }

  /// Makes the bytes of a remote object known, for entries with a `remote` part and no chunks.
  public func putRemoteObject(_ bytes: [UInt8], at path: EntryPath) {
    state.withLock { $0.filer.remoteObjects[path] = bytes }
  }

  /// Turns a row into garbage, or makes a garbage row.
  public func corruptRow(_ path: EntryPath, reason: String = "truncated protobuf") {
    state.withLock { $0.filer.table.set(.corrupt(reason), at: path) }
  }

  /// Loses a needle, as a volume server with a broken disk does.
  public func loseNeedle(_ fid: FileID) { state.withLock { $0.filer.needles.free(fid) } }

  /// Compacts the volumes: freed needles are gone for good.
  public func vacuum() { state.withLock { $0.filer.needles.vacuum() } }

  /// From now on uploads beyond this many stored bytes fail with `noSpace`; nil: no bound.
  public func setCapacity(bytes: UInt64?) {
    state.withLock { $0.filer.needles.capacityBytes = bytes }
  }

  /// While set, lock requests are answered `deferred`, as by a filer that has just taken over.
  public func deferLocks(_ isDeferring: Bool) {
    state.withLock { $0.locks.isDeferring = isDeferring }
  }

  public var heldLocks: Int { state.withLock { $0.locks.count } }
  public var needleCount: Int { state.withLock { $0.filer.needles.needles.count } }
  public var needleIDs: Set<FileID> { state.withLock { Set($0.filer.needles.needles.keys) } }
  public var bytesStored: UInt64 { state.withLock { $0.filer.needles.bytesStored } }

  /// Needles that no entry needs: garbage somebody forgot.
  public var orphanedNeedles: Set<FileID> {
    state.withLock { state in
      Set(state.filer.needles.needles.keys).subtracting(Self.referenced(state.filer))
    }
  }

  /// Needles that an entry needs and that are gone: lost data.
  public var lostNeedles: Set<FileID> {
    state.withLock { state in
      Self.referenced(state.filer).subtracting(state.filer.needles.needles.keys)
    }
  }

  private static func referenced(_ filer: FilerState) -> Set<FileID> {
    var result: Set<FileID> = []
    for row in filer.table.rows.values {
      guard case .entry(let entry) = row else { continue }
      let truth = filer.table.links[entry.hardLinkID] ?? entry
      result.formUnion(filer.needles.closure(truth.chunks))
    }
    return result
  }
}
