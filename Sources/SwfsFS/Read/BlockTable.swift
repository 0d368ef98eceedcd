internal import SwfsCore
internal import Synchronization

/// Blocks in memory and blocks being fetched, under one lock: a block is looked up, claimed and
/// published without a gap in which two readers could fetch it twice.
///
/// Lock order: nothing is called while the lock is held; buffers are dropped after it is released.
/// Memory is reserved before a block is claimed, never under the lock.
final class BlockTable: Sendable {
  struct Resident: Sendable {
    let buffer: BlockBuffer
    /// The handle it was fetched ahead for, until somebody reads it.
    var fetchedFor: ReadPattern?
  }

  enum Lookup {
    case resident(BlockBuffer)
    case fetching(BlockFetch)
    case missing
  }

  enum Claim {
    case resident(BlockBuffer)
    /// Somebody else fetches it.
    case fetching(BlockFetch)
    /// The caller has to fetch it and to call `publish` or `abandon`.
    case mine(BlockFetch)
  }

  private struct State {
    var resident = LeastRecentlyUsed<BlockKey, Resident>()
    var residentBytes = 0
    var fetches: [BlockKey: BlockFetch] = [:]
    /// Bytes of fetches that have started: they are about to become residents.
    var startedBytes = 0

    mutating func start(_ fetch: BlockFetch) {
      fetch.isStarted = true
      startedBytes += fetch.key.count
    }

    /// The fetch is over. It may have been removed before, and another one of its key begun.
    mutating func end(_ fetch: BlockFetch) {
      if fetch.isStarted { startedBytes -= fetch.key.count }
      if fetches[fetch.key] === fetch { fetches[fetch.key] = nil }
    }
  }

  /// Blocks kept and being fetched at most, in bytes.
  let bytesMax: Int
  private let state = Mutex(State())

  init(bytesMax: Int) {
    self.bytesMax = bytesMax
  }

  var residentBytes: Int { state.withLock { $0.residentBytes } }

  /// - Parameter consumed: the read goes up to the block's end. A block that was read in sequence is
  ///   in the kernel's page cache from then on, so it is the next one to go.
  func look(_ key: BlockKey, consumed: Bool) -> Lookup {
    state.withLock { state in
      if let buffer = Self.use(key, &state) {
        if consumed { state.resident.demote(key) }
        return .resident(buffer)
      }
      return state.fetches[key].map(Lookup.fetching) ?? .missing
    }
  }

  /// For a reader that needs the block now. A fetch that waits for a thread is taken over.
  func claim(_ key: BlockKey) -> Claim {
    state.withLock { state in
      if let buffer = Self.use(key, &state) { return .resident(buffer) }
      if let fetch = state.fetches[key] {
        guard !fetch.isStarted else { return .fetching(fetch) }
        state.start(fetch)
        return .mine(fetch)
      }
      let fetch = BlockFetch(key)
      state.start(fetch)
      state.fetches[key] = fetch
      return .mine(fetch)
    }
  }

  /// For fetching ahead: a fetch to be started later, or nil when the block is there or on its way.
  func announce(_ key: BlockKey) -> BlockFetch? {
    state.withLock { state in
      guard state.fetches[key] == nil, state.resident.peek(key) == nil else { return nil }
      let fetch = BlockFetch(key)
      state.fetches[key] = fetch
      return fetch
    }
  }

  /// Starts an announced fetch. False when a reader has taken it over.
  func start(_ fetch: BlockFetch) -> Bool {
    state.withLock { state in
      guard !fetch.isStarted else { return false }
      state.start(fetch)
      return true
    }
  }

  /// The block has arrived: keeps it, hands it to those who wait, and evicts what has become too much.
  func publish(_ fetch: BlockFetch, _ buffer: BlockBuffer, fetchedFor: ReadPattern?) {
    let evicted = state.withLock { state in
      state.end(fetch)
      let resident = Resident(buffer: buffer, fetchedFor: fetchedFor)
      if let old = state.resident.insert(resident, for: fetch.key) {
        state.residentBytes -= old.buffer.count
      }
      state.residentBytes += buffer.count
      // A quarter stays in any case, or a burst of fetches would throw away what it just brought.
      return Self.evict(downTo: max(bytesMax - state.startedBytes, bytesMax / 4), &state)
    }
    fetch.finish(.done(buffer))
    settle(evicted)
  }

  /// The block did not arrive.
  func abandon(_ fetch: BlockFetch, _ outcome: BlockFetch.Outcome) {
    state.withLock { $0.end(fetch) }
    fetch.finish(outcome)
  }

  /// Gives up at least that many bytes of blocks, as far as there are any. Returns the bytes given up.
  func reclaim(_ bytes: Int) -> Int {
    let evicted = state.withLock { state in
      Self.evict(downTo: max(state.residentBytes - max(bytes, 0), 0), &state)
    }
    return settle(evicted)
  }

  private static func use(_ key: BlockKey, _ state: inout State) -> BlockBuffer? {
    guard var resident = state.resident.use(key) else { return nil }
    if resident.fetchedFor != nil {
      resident.fetchedFor = nil
      state.resident.insert(resident, for: key)
    }
    return resident.buffer
  }

  private static func evict(downTo bytesMax: Int, _ state: inout State) -> [Resident] {
    var evicted: [Resident] = []
    while state.residentBytes > bytesMax, let (_, oldest) = state.resident.removeOldest() {
      state.residentBytes -= oldest.buffer.count
      evicted.append(oldest)
    }
    return evicted
  }

  @discardableResult
  private func settle(_ evicted: [Resident]) -> Int {
    for resident in evicted { resident.fetchedFor?.noteWaste() }
    return evicted.reduce(0) { $0 + $1.buffer.count }
  }
}
