import SwfsCore
import SwfsObserve
import Synchronization

/// The bytes of one file while it is open here or has something to store.
///
/// All handles of a file share it. `state` is a lock around a value (`ContentState`); network calls are
/// made without it. Lock order: `state` before the inode table and the budget, never the other way.
final class FileContent: Sendable {
  let inode: Inode
  let core: Core
  let state: Monitor<ContentState>

  init(inode: Inode, core: Core, base: Entry, isStored: Bool, size: UInt64) {
    self.inode = inode
    self.core = core
    state = Monitor(
      ContentState(
        base: base, isStored: isStored, size: size, chunkBytes: core.options.chunkBytes,
        budget: core.budget))
  }

  /// For messages.
  var name: String { core.table.path(of: inode.id)?.string ?? "(removed file \(inode.id.number))" }

  // MARK: Freshness

  /// Brings the state up to date before it is used: reads the row again if somebody else changed it,
  /// and expands manifests.
  func prepare(_ context: OperationContext) throws(FSError) {
    let needs = state.withLock { ($0.needsRefresh && !$0.isDirty, $0.leaves == nil) }
    if needs.0, let path = core.table.path(of: inode.id) {
      do throws(FSError) {
        let mark = core.clock.now
        try refresh(with: core.names.lookup(path, context), readAt: mark)
      } catch  where error.code == .notFound {
        // Removed elsewhere: what was open stays readable.
      }
    }
    if needs.1 || state.withLock({ $0.leaves == nil }) { try expandManifests(context) }
  }

  /// Takes over a row, unless there are local changes (they are merged at commit).
  ///
  /// - Parameter mark: the `WriteClock` before the row was read. A row older than what was stored from here
  ///   is not used.
  /// - Returns: whether the file's bytes are others than before.
  @discardableResult
  func refresh(with entry: Entry, readAt mark: UInt64) throws(FSError) -> Bool {
    let fresh = try entry.fileAttributes()
    return try state.update { (state) throws(FSError) -> Bool in
      guard !state.isDirty, !state.isCommitting, !inode.changedSince(mark) else { return false }
      let old = try state.base.fileAttributes()
      let identity = inode.state.withLock { $0.identity }
      guard identity == FileIdentity(fresh) || fresh.hardLinkID != nil else { return false }
      try state.refresh(with: entry)
      return old.contentFingerprint != fresh.contentFingerprint
    }
  }

  /// Something was said about this file's name: look at the row before believing what is known.
  func doubt() { state.update { $0.needsRefresh = true } }

  /// The entry was changed from here beside the bytes (attributes, extended attributes) while the file
  /// has local changes: they go on top of the new entry when its content is the one they were made on.
  func adopt(_ stored: Entry) {
    state.update { state in
      var same = stored
      same.name = state.base.name
      if !state.isCommitting, state.isStored, same.chunks == state.base.chunks,
        same.content == state.base.content
      {
        state.base = same
      } else {
        state.needsRefresh = true
      }
    }
  }

  private func expandManifests(_ context: OperationContext) throws(FSError) {
    while true {
      let chunks = state.withLock { $0.leaves == nil ? $0.base.chunks : nil }
      guard let chunks else { return }
      let leaves = try core.chunks.expandManifests(chunks, context)
      state.update { state in
        guard state.leaves == nil, state.base.chunks == chunks else { return }
        state.leaves = leaves
        state.noteTimestamps()
        state.chunksChanged()
      }
    }
  }

  // MARK: Reading

  /// Reads up to `buffer.count` bytes; fewer only at the end of the file.
  func read(
    offset: Int64, into buffer: UnsafeMutableRawBufferPointer, pattern: ReadPattern,
    _ context: OperationContext
  ) throws(FSError) -> Int {
    guard offset >= 0 else { throw FSError(.invalidArgument, "negative offset") }
    try prepare(context)
    do throws(FSError) {
      return try readOnce(offset: offset, into: buffer, pattern: pattern, context)
    } catch  where error.code == .chunkMissing {
      // The file may have been overwritten elsewhere and its old chunks vacuumed away.
      guard try refreshAfterMissingChunk(context) else { throw error }
      return try readOnce(offset: offset, into: buffer, pattern: pattern, context)
    }
  }

  private func refreshAfterMissingChunk(_ context: OperationContext) throws(FSError) -> Bool {
    guard let path = core.table.path(of: inode.id) else { return false }
    let mark = core.clock.now
    let entry: Entry
    do { entry = try core.store.current(path, context) } catch { return false }
    guard try refresh(with: entry, readAt: mark) else { return false }
    try expandManifests(context)
    return true
  }

  private struct Snapshot {
    var range: Range<Int64>
    var view: ChunkView?
    var unstored: [UnstoredPiece]
  }

  private func readOnce(
    offset: Int64, into buffer: UnsafeMutableRawBufferPointer, pattern: ReadPattern,
    _ context: OperationContext
  ) throws(FSError) -> Int {
    let snapshot = try state.withLock { (state) throws(FSError) -> Snapshot? in
      let size = Int64(clamping: state.size)
      guard offset < size, !buffer.isEmpty else { return nil }
      let range = offset..<min(size, offset + Int64(min(buffer.count, Int(size - offset))))
      if state.isInline {
        Self.copyInline(state.base.content, range, buffer)
        return Snapshot(range: range, view: nil, unstored: state.captureUnstored(range))
      }
      let unstored = state.hasUnstoredBytes ? state.captureUnstored(range) : []
      if !unstored.isEmpty, state.coversUnstored(range) {
        return Snapshot(range: range, view: nil, unstored: unstored)
      }
      return Snapshot(range: range, view: try state.view(), unstored: unstored)
    }
    guard let snapshot else { return 0 }
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(snapshot.range.count))
    if let view = snapshot.view {
      try core.reader.read(
        view, pattern: pattern, range: snapshot.range, into: target, context)
    }
    for piece in snapshot.unstored { piece.copy(to: target, range: snapshot.range) }
    return snapshot.range.count
  }

  private static func copyInline(
    _ content: [UInt8], _ range: Range<Int64>, _ buffer: UnsafeMutableRawBufferPointer
  ) {
    for index in 0..<range.count {
      let position = Int(range.lowerBound) + index
      buffer[index] = position < content.count ? content[position] : 0
    }
  }

  // MARK: Writing

  /// Takes bytes into memory, waiting for room when the budget is spent.
  func write(
    offset: Int64, _ bytes: UnsafeRawBufferPointer, isAppend: Bool, _ context: OperationContext
  ) throws(FSError) -> Int {
    try prepare(context)
    if let failure = state.withLock({ $0.failure }), failure.refusesMoreData { throw failure }
    var start = offset
    if isAppend {
      // The whole record gets its place at once, so that no other append lands inside it.
      start = state.withLock { Int64(clamping: $0.size) }
    }
    let (end, overflow) = start.addingReportingOverflow(Int64(bytes.count))
    guard start >= 0, !overflow, end <= Int64.max - Int64(core.options.chunkBytes) else {
      throw FSError(.fileTooLarge, "write beyond the largest offset")
    }
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let position = start + Int64(done)
      let (taken, sealed) = state.update { state -> (Int, Int) in
        guard state.dropInline() else { return (0, 0) }
        let taken = state.write(offset: position, rest, isAppend: isAppend)
        return (taken, taken > 0 ? state.seal(all: false).count : 0)
      }
      for _ in 0..<sealed { enqueueUpload() }
      done += taken
      if taken == 0 { try waitForMemory(context) }
    }
    core.dirty.insert(self)
    return done
  }

  private func waitForMemory(_ context: OperationContext) throws(FSError) {
    Metrics.memoryWaits.add()
    startUploads()
    for other in core.dirty.all where other !== self { other.startUploads() }
    // Room for a decent piece; given back at once, so that the write itself takes it.
    let wanted = min(core.options.chunkBytes, core.budget.bytesMax / 8)
    try core.budget.reserve(wanted, for: .dirtyPages, context)
    core.budget.release(wanted, for: .dirtyPages)
  }

  // MARK: Uploading

  /// Sends everything written so far on its way without waiting.
  func startUploads() {
    let waiting = state.update { state -> Int in
      _ = state.seal(all: true)
      for segment in state.sealed where segment.state == .failed { segment.state = .waiting }
      return state.sealed.count { $0.state == .waiting }
    }
    for _ in 0..<waiting { enqueueUpload() }
  }

  private func enqueueUpload() {
    core.dirty.insert(self)
    core.uploads.add {
      guard let segment = self.takeSegment(upTo: .max) else { return }
      do throws(FSError) {
        try self.upload(segment, self.core.background())
      } catch {
        Log.error("upload of \(segment.bytes.count) bytes of \(self.name) failed: \(error)")
        self.postpone()
      }
    }
  }

  private func takeSegment(upTo timestamp: Int64) -> Segment? {
    state.withLock { state in
      let next = state.sealed.first { $0.state == .waiting && $0.timestamp <= timestamp }
      next?.state = .uploading
      return next
    }
  }

  /// Stores one segment. On failure it stays in memory, to be tried again by the next flush.
  private func upload(_ segment: Segment, _ context: OperationContext) throws(FSError) {
    var placement = core.options.placement
    let path = core.table.path(of: inode.id)
    placement.path = path ?? core.options.basePath
    placement.ttlSeconds = state.withLock { max(0, $0.base.attributes.ttlSeconds) }
    do throws(FSError) {
      let chunk = try core.chunks.upload(segment.bytes, placement: placement, context)
      let isUsed = state.update { state -> Bool in
        if state.failure != nil, !state.sealed.contains(where: { $0.state == .failed }) {
          state.failure = nil
        }
        return state.uploaded(segment, as: chunk)
      }
      if !isUsed { core.chunks.discard([chunk], context) }
    } catch {
      state.update { state in
        segment.state = .failed
        state.failure = error
      }
      throw error
    }
  }

  /// Stores all bytes written before the call; returns when they are on every replica.
  func storeBytes(_ context: OperationContext) throws(FSError) {
    let mark = state.update { state -> Int64 in
      _ = state.seal(all: true)
      for segment in state.sealed where segment.state == .failed { segment.state = .waiting }
      return state.lastTimestamp
    }
    // All but one go to the threads; this thread takes whatever is left, so that a small file costs
    // no hand-off.
    let others = state.withLock { $0.sealed.count { $0.state == .waiting } } - 1
    if others > 0 { for _ in 0..<others { enqueueUpload() } }
    while let segment = takeSegment(upTo: mark) { try upload(segment, context) }
    try state.wait(context, for: "uploads of \(name)") { (state) throws(FSError) -> Void? in
      var isDone = true
      for segment in state.sealed where segment.timestamp <= mark {
        if segment.state == .failed {
          throw state.failure ?? FSError(.unavailable, "an upload failed")
        }
        isDone = false
      }
      return isDone ? () : nil
    }
  }

  /// `fsync` and `close`: bytes stored, entry committed.
  func flush(_ context: OperationContext) throws(FSError) {
    try storeBytes(context)
    try commit(context)
    discardGarbage()
    forgetIfClean()
  }

  /// Frees needles that were uploaded and cut off again before an entry had them.
  private func discardGarbage() {
    let garbage = state.update { state -> [Chunk] in
      defer { state.garbage = [] }
      return state.garbage
    }
    guard !garbage.isEmpty else { return }
    core.uploads.add { [core] in core.chunks.discard(garbage, .background(seconds: 30)) }
  }

  func forgetIfClean() {
    if state.withLock({ !$0.isDirty }) { core.dirty.remove(self) }
  }
}

extension FSError {
  /// After one of these a file takes no more bytes until a flush has succeeded: the application shall
  /// hear it at the next write rather than fill the memory first.
  var refusesMoreData: Bool {
    switch code {
    case .noSpace, .quotaExceeded, .readOnly: true
    default: false
    }
  }
}
