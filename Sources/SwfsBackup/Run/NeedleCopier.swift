import SwfsCore
import Synchronization

/// Threads that fetch needles and put them into packs.
///
/// `add` blocks while the queue is full. The first error that concerns more than one needle ends
/// everything; needles that are gone are collected.
final class NeedleCopier: Sendable {
  struct Job: Sendable {
    var chunk: Chunk
    var fid: FileID
    var path: String
    /// Last second in which the file exists by its TTL; nil: no end.
    var lastSecond: Int64?
  }

  private struct State {
    var queue: [Job] = []
    var isClosed = false
    var working = 0
    var threads = 0
    var failure: FSError?
    var missing: [Snapshot.MissingNeedle] = []
    var needles: UInt64 = 0
    var bytes: UInt64 = 0
  }

  private let source: any NeedleSource
  private let writer: BlobWriter
  private let limit: BandwidthLimit
  private let needleSeconds: Double
  private let context: OperationContext
  private let state = Monitor(State())
  private let queueMax: Int

  init(
    _ source: any NeedleSource, into writer: BlobWriter, _ options: BackupOptions,
    _ context: OperationContext
  ) {
    self.source = source
    self.writer = writer
    self.context = context
    limit = BandwidthLimit(bytesPerSecond: options.bytesPerSecondMax)
    needleSeconds = options.needleSeconds
    let threads = min(max(options.threads, 1), 128)
    queueMax = threads * 4
    state.withLock { $0.threads = threads }
    for _ in 0..<threads { startThread("backup-copy") { [self] in work() } }
  }

  var copied: (needles: UInt64, bytes: UInt64) {
    state.withLock { ($0.needles, $0.bytes) }
  }

  /// - Throws: the error that ended the copying.
  func add(_ job: Job) throws(FSError) {
    try state.wait(context, for: "volume servers") { (state) throws(FSError) -> Void? in
      if let failure = state.failure { throw failure }
      guard state.queue.count < queueMax else { return nil }
      state.queue.append(job)
      return ()
    }
    state.update { _ in }
  }

  /// Fetches a needle in the calling thread and keeps it: for manifests, which the caller reads.
  func fetchNow(_ job: Job) throws(FSError) -> [UInt8]? {
    do throws(FSError) { return try copy(job) } catch {
      guard Self.isOfOneNeedle(error) else { throw error }
      note(job, error)
      return nil
    }
  }

  /// Waits for everything that was added and ends the threads.
  ///
  /// - Returns: needles that could not be had.
  func finish() throws(FSError) -> [Snapshot.MissingNeedle] {
    try drain()
    return try state.withLock { (state) throws(FSError) in
      if let failure = state.failure { throw failure }
      return state.missing
    }
  }

  /// Ends the threads without caring for what is left.
  func abandon(_ error: FSError) {
    state.update {
      $0.failure = $0.failure ?? error
      $0.queue = []
    }
    do throws(FSError) { try drain() } catch {
      // `drain` without a context has nothing to throw.
    }
  }

  private func drain() throws(FSError) {
    state.update { $0.isClosed = true }
    // Threads end by the context of their needle, so this ends too.
    while state.wait(until: .never, for: { $0.threads == 0 ? () : nil }) == nil {}
  }

  private func work() {
    while true {
      let job = state.wait(until: .never) { state -> Job?? in
        if state.failure != nil { return .some(nil) }
        if let job = state.queue.popLast() { return .some(job) }
        return state.isClosed ? .some(nil) : nil
      }
      guard let job = job ?? nil else { break }
      state.update { _ in }
      do throws(FSError) { _ = try copy(job) } catch {
        if Self.isOfOneNeedle(error) {
          note(job, error)
        } else {
          state.update { $0.failure = $0.failure ?? error }
        }
      }
    }
    state.update { $0.threads -= 1 }
  }

  private func copy(_ job: Job) throws(FSError) -> [UInt8] {
    try limit.take(job.chunk.isManifest ? 1 << 16 : job.chunk.size, context)
    let bytes = try source.needle(job.chunk, context.attempt(seconds: needleSeconds))
    // A trimmed chunk has a longer needle; a shorter one has lost something.
    guard job.chunk.isManifest || job.chunk.sseType != 0 || UInt64(bytes.count) >= job.chunk.size
    else {
      throw FSError(
        .corrupt, "needle \(job.fid) has \(bytes.count) bytes, its chunk \(job.chunk.size)")
    }
    try writer.add(bytes, .needle, needle: job.fid)
    state.withLock {
      $0.needles += 1
      $0.bytes += UInt64(bytes.count)
    }
    return bytes
  }

  /// Errors that say something about one needle and nothing about the cluster.
  private static func isOfOneNeedle(_ error: FSError) -> Bool {
    switch error.code {
    case .chunkMissing, .corrupt: true
    default: false
    }
  }

  private func note(_ job: Job, _ error: FSError) {
    // Volumes with a TTL are dropped as a whole when their time has come.
    if let last = job.lastSecond, last < Timestamp.now.seconds { return }
    state.withLock {
      $0.missing.append(
        .init(path: job.path, needle: job.fid.description, reason: error.description))
    }
  }
}
