import Glibc
public import SwfsCore
internal import SwfsObserve

/// Blocks of needles in files of a local directory (`--cache-dir`), bounded in bytes.
///
/// Thread-safe. Reads happen on the calling thread; writing, evicting and the scan at the start on
/// a thread of its own that ends when idle. Every byte is checked against a CRC-32 before it is
/// handed out, and a block that fails is dropped. When the directory cannot be used, the disk is
/// full or fails, the cache says so in one line of the log and turns itself off: it is never the
/// reason for an error.
public final class DiskChunkCache: ChunkCache {
  struct Limits: Sendable {
    /// Offered blocks that wait for the disk, in bytes; more are not taken.
    var queueBytesMax = 16 << 20
    /// The file system keeps at least this much free space for others.
    var freeBytesMin = 256 << 20
    /// A disk that takes longer than this for one block is worse than none.
    var slowSeconds = 5.0
    /// The thread ends after that time without work.
    var idleSeconds = 10.0
  }

  private struct State {
    var directory: CacheDirectory?
    var isScanned = false
    var blocks = LeastRecentlyUsed<BlockKey, Int>()
    var bytes = 0
    var queue: [(key: BlockKey, block: BlockBuffer)] = []
    var queueBytes = 0
    /// The thread scans or writes; it holds on to the directory while it does.
    var isWorking = false
    var hasThread = false
  }

  /// Memory that one entry of the index takes, roughly.
  private static let indexEntryBytes = 160

  private let bytesMax: Int
  private let budget: MemoryBudget
  private let limits: Limits
  private let format: BlockFile
  private let state: Monitor<State>

  /// Opens or creates the cache. Blocks of an earlier run become available once they are found.
  ///
  /// - Parameters:
  ///   - directory: several mounts may name the same one; each uses a part of its own.
  ///   - identity: what tells this cluster from others, such as its id or its masters; file ids mean
  ///     something within one cluster only.
  ///   - bytesMax: bytes of files kept at most, by this mount.
  ///   - budget: the index takes its memory from there.
  public convenience init(
    directory: String, identity: String, bytesMax: Int, budget: MemoryBudget
  ) {
    self.init(
      directory: directory, identity: identity, bytesMax: bytesMax, budget: budget,
      limits: Limits())
  }

  init(
    directory: String, identity: String, bytesMax: Int, budget: MemoryBudget, limits: Limits
  ) {
    self.bytesMax = bytesMax
    self.budget = budget
    self.limits = limits
    format = BlockFile(identity: identity)
    var initial = State()
    do throws(CacheDirectory.Failure) {
      initial.directory = try CacheDirectory(below: directory, identity: identity)
      initial.hasThread = true
      initial.isWorking = true
    } catch {
      Log.warning("disk cache off directory=\(directory) cause=\"\(error.text)\"")
    }
    state = Monitor(initial)
    if initial.hasThread { startThread("swfs-cache") { self.work() } }
  }

  /// False when the directory could not be used or failed later.
  public var isOn: Bool { state.withLock { $0.directory != nil } }

  /// Bytes of files in the directory.
  public var bytes: Int { state.withLock { $0.bytes } }

  /// Stops using the directory; the files stay for the next run. Waits for a write under way, but
  /// not for a disk that hangs.
  public func close() {
    state.update { state in
      state.directory = nil
      dropIndex(&state)
    }
    _ = state.wait(until: Deadline(secondsFromNow: limits.slowSeconds)) { $0.isWorking ? nil : () }
  }

  public func read(
    _ key: BlockKey, offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) -> Bool {
    let directory = state.withLock { state -> CacheDirectory? in
      state.blocks.use(key) == nil ? nil : state.directory
    }
    guard let directory else { return false }
    let started = Deadline.now
    do throws(BlockFile.Failure) {
      try format.read(key, offset: offset, into: buffer, from: directory.file(key))
      noteDuration(since: started)
      return true
    } catch {
      forget(key)
      switch error {
      case .missing: break
      case .damaged:
        Log.warning("disk cache dropped a damaged block file=\(directory.file(key))")
        unlink(directory.file(key))
      case .system(let code): turnOff("reading \(directory.file(key))", code)
      }
      return false
    }
  }

  public func store(_ block: BlockBuffer, for key: BlockKey) {
    let needsThread = state.update { state -> Bool in
      guard state.directory != nil, block.count == key.count,
        state.queueBytes + block.count <= limits.queueBytesMax,
        state.blocks.peek(key) == nil, BlockFile.fileBytes(key) <= bytesMax / 2
      else { return false }
      state.queue.append((key, block))
      state.queueBytes += block.count
      defer { state.hasThread = true }
      return !state.hasThread
    }
    if needsThread { startThread("swfs-cache") { self.work() } }
  }

  /// Waits until the scan is done and everything offered has been stored or refused.
  func settle(_ context: OperationContext) throws(FSError) {
    try state.wait(context, for: "the disk cache") { state in
      state.directory == nil || (state.isScanned && state.queue.isEmpty && !state.isWorking)
        ? () : nil
    }
  }

  // MARK: The thread

  private func work() {
    scanOnce()
    repeat { state.update { $0.isWorking = false } } while writeNext()
  }

  /// A function of its own, so that nothing of the directory is held on to while waiting.
  private func writeNext() -> Bool {
    guard let (key, block, directory) = nextBlock() else { return false }
    let started = Deadline.now
    write(block, key, directory)
    noteDuration(since: started)
    return true
  }

  /// Waits for an offered block. Returns nil after the idle time, or when the cache is off: the
  /// thread has then been counted out.
  private func nextBlock() -> (BlockKey, BlockBuffer, CacheDirectory)? {
    typealias Next = (BlockKey, BlockBuffer, CacheDirectory)
    let next = state.wait(until: Deadline(secondsFromNow: limits.idleSeconds)) { state -> Next?? in
      guard let directory = state.directory else { return .some(nil) }
      guard !state.queue.isEmpty else { return nil }
      let (key, block) = state.queue.removeFirst()
      state.queueBytes -= block.count
      state.isWorking = true
      return (key, block, directory)
    }
    if let next, let found = next { return found }
    return state.withLock { state in
      // A block may have come after the wait had ended.
      if let directory = state.directory, !state.queue.isEmpty {
        let (key, block) = state.queue.removeFirst()
        state.queueBytes -= block.count
        state.isWorking = true
        return (key, block, directory)
      }
      state.hasThread = false
      return nil
    }
  }

  private func scanOnce() {
    guard let directory = state.withLock({ $0.isScanned ? nil : $0.directory }) else { return }
    let found = directory.scan()
    state.update { state in
      guard state.directory != nil else { return }
      for key in found { add(key, &state) }
      state.isScanned = true
    }
    evict(directory, room: 0)
  }

  private func write(_ block: BlockBuffer, _ key: BlockKey, _ directory: CacheDirectory) {
    let size = BlockFile.fileBytes(key)
    evict(directory, room: size)
    guard leavesSpace(for: size, directory) else { return }
    if let code = directory.makeFan(key) { return turnOff("making a directory", code) }
    do throws(BlockFile.Failure) {
      try format.write(
        block.bytes, key, to: directory.file(key), by: directory.temporaryFile())
    } catch {
      if case .system(let code) = error { turnOff("writing \(directory.file(key))", code) }
      return
    }
    state.withLock { state in
      if state.directory != nil { add(key, &state) }
    }
  }

  /// Removes the blocks unused for longest until there is room for that many bytes more.
  private func evict(_ directory: CacheDirectory, room: Int) {
    while let key = state.withLock({ removeOldest(ifAbove: bytesMax - room, &$0) }) {
      unlink(directory.file(key))
    }
  }

  /// Whether the file system has space to spare. Without, the cache gives up blocks for the new one.
  private func leavesSpace(for size: Int, _ directory: CacheDirectory) -> Bool {
    var given = 0
    while let free = directory.freeBytes(), free - size < limits.freeBytesMin {
      guard given < size, let key = state.withLock({ removeOldest(ifAbove: 0, &$0) }) else {
        return false
      }
      given += BlockFile.fileBytes(key)
      unlink(directory.file(key))
    }
    return true
  }

  // MARK: The index

  private func add(_ key: BlockKey, _ state: inout State) {
    let size = BlockFile.fileBytes(key)
    if let old = state.blocks.insert(size, for: key) {
      state.bytes -= old
    } else {
      budget.reserveUnconditionally(Self.indexEntryBytes, for: .chunkCache)
    }
    state.bytes += size
  }

  private func removeOldest(ifAbove limit: Int, _ state: inout State) -> BlockKey? {
    guard state.bytes > limit, let (key, size) = state.blocks.removeOldest() else { return nil }
    state.bytes -= size
    budget.release(Self.indexEntryBytes, for: .chunkCache)
    return key
  }

  private func forget(_ key: BlockKey) {
    state.withLock { state in
      guard let size = state.blocks.remove(key) else { return }
      state.bytes -= size
      budget.release(Self.indexEntryBytes, for: .chunkCache)
    }
  }

  private func dropIndex(_ state: inout State) {
    budget.release(Self.indexEntryBytes * state.blocks.count, for: .chunkCache)
    state.blocks = LeastRecentlyUsed()
    state.bytes = 0
    state.queue = []
    state.queueBytes = 0
  }

  // MARK: Failures

  private func noteDuration(since start: UInt64) {
    let seconds = Double(Deadline.now - start) / 1e9
    if seconds > limits.slowSeconds { turnOff("a block took \(seconds) s", nil) }
  }

  private func turnOff(_ what: String, _ code: Int32?) {
    let wasOn = state.update { state -> Bool in
      guard state.directory != nil else { return false }
      state.directory = nil
      dropIndex(&state)
      return true
    }
    guard wasOn else { return }
    let cause = code.map { ": " + String(cString: strerror($0)) } ?? ""
    Log.warning("disk cache off cause=\"\(what)\(cause)\"")
  }
}
