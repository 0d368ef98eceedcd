import SwfsCore
import SwfsObserve
import Synchronization

extension FileContent {
  /// Writes the entry when there is something to tell. One commit of a file at a time.
  ///
  /// The write is guarded by the entry it was made from. When somebody else was faster, the local
  /// changes are put on top of theirs and it is tried again: nothing of either is lost.
  func commit(_ context: OperationContext) throws(FSError) {
    guard state.withLock({ $0.hasUncommitted && !$0.isUnlinked }) else { return }
    try beginCommit(context)
    defer { state.update { $0.isCommitting = false } }
    var round = 0
    var missing = 0
    while true {
      guard let path = core.table.path(of: inode.id) else {
        if state.withLock({ $0.isDetached }) {
          throw FSError(
            .stale, "the only name of this file known here was removed, others may exist")
        }
        state.update { $0.isUnlinked = true }
        return
      }
      do throws(FSError) {
        if try commitOnce(path, context) { return }
      } catch  where error.code == .preconditionFailed || error.code == .exists {
        Metrics.commitConflicts.add()
        if try rebase(at: path, context) == .isGone { return }
        round += 1
        if round > 2 {
          try context.sleep(seconds: Backoff.seconds(round: round), "other writers of \(path)")
        }
      } catch  where error.code == .notFound {
        // Renamed meanwhile, or removed elsewhere. News of a rename elsewhere may be on its way.
        missing += 1
        if core.table.path(of: inode.id) == path, missing > Self.missingRoundsMax {
          markRemoved()
          return
        }
        try context.sleep(seconds: 0.1, "news of \(path)")
      }
    }
  }

  /// Looks for a stored file whose name is gone, a tenth of a second apart, before it counts as removed.
  private static let missingRoundsMax = 5

  private func beginCommit(_ context: OperationContext) throws(FSError) {
    try state.wait(context, for: "another commit of \(name)") {
      (state) throws(FSError) -> Void? in
      if state.isCommitting { return nil }
      state.isCommitting = true
      return ()
    }
  }

  /// - Returns: whether it is done; false: the name has moved, try again.
  private func commitOnce(
    _ path: EntryPath, _ context: OperationContext
  ) throws(FSError) -> Bool {
    try core.gate.shared(context) { () throws(FSError) -> Bool in
      guard core.table.path(of: inode.id) == path else { return false }
      let plan = try state.withLock { (state) throws(FSError) -> CommitPlan? in
        try state.planCommit(name: path.name)
      }
      guard let plan else { return true }
      if let guardedBy = plan.guardedBy {
        var expected = guardedBy
        expected.name = path.name
        try core.store.update(
          plan.entry, in: path.parent, precondition: .equal(expected), context)
      } else {
        try core.store.create(plan.entry, in: path.parent, precondition: .absent, context)
      }
      Metrics.commits.add()
      try finish(plan)
      return true
    }
  }

  private func finish(_ plan: CommitPlan) throws(FSError) {
    let old = plan.guardedBy == nil ? nil : try plan.guardedBy?.fileAttributes().contentFingerprint
    let new = try plan.entry.fileAttributes().contentFingerprint
    core.clock.note(inode)
    state.update { $0.committed(plan, as: plan.entry) }
    inode.state.withLock { state in
      // The kernel has our bytes already: its pages belong to what is stored now.
      if state.pageFingerprint == old || old == nil { state.pageFingerprint = new }
      if let key = state.hardLinkID, plan.entry.hardLinkID != key { state.hardLinkID = nil }
    }
  }

  private enum Rebased { case merged, isGone }

  private func rebase(
    at path: EntryPath, _ context: OperationContext
  ) throws(FSError) -> Rebased {
    let current: Entry
    do throws(FSError) {
      current = try core.store.current(path, context)
    } catch  where error.code == .notFound {
      if core.table.path(of: inode.id) != path { return .merged }
      markRemoved()
      return .isGone
    }
    let attributes = try current.fileAttributes()
    guard attributes.kind == .regular else {
      throw FSError(.isDirectory, "\(path) has become another kind of entry")
    }
    let isStored = state.withLock { $0.isStored }
    if isStored, !inode.matches(FileIdentity(attributes), hardLinkID: attributes.hardLinkID) {
      // Another file has this name now; ours was replaced, so it has none.
      markRemoved()
      return .isGone
    }
    let leaves = try core.chunks.expandManifests(current.chunks, context)
    if !isStored {
      // First the identity, then the content: whoever sees a stored file must see whose it is.
      inode.state.withLock { state in
        state.identity = FileIdentity(attributes)
        state.hardLinkID = attributes.hardLinkID
      }
    }
    let contentChanged = try state.update { (state) throws(FSError) -> Bool in
      try state.rebase(onto: current, leaves: leaves)
    }
    if contentChanged {
      inode.state.withLock { $0.pageFingerprint = nil }
      core.notifier?.invalidate(inode.id, dropData: true)
    }
    return .merged
  }

  /// The file was removed by another client while it is open here: it goes on without a name.
  private func markRemoved() {
    state.update { $0.isUnlinked = true }
    for place in core.table.places(of: inode.id) {
      core.table.unbind(parent: place.parent, name: place.name)
      core.notifier?.removed(place.parent, name: place.name, child: inode.id)
    }
    Log.info("file \(inode.id.number) was removed elsewhere while open here")
  }

  // MARK: Size and space

  /// `truncate` and `ftruncate`: changes the size here; the next flush tells the cluster.
  func truncate(to size: Int64, _ context: OperationContext) throws(FSError) {
    guard size >= 0 else { throw FSError(.invalidArgument, "negative size") }
    try prepare(context)
    try changeChunks(context) { (state) throws(FSError) in
      if UInt64(size) == state.size, state.isStored { return true }
      guard state.dropInline() else { return false }
      state.truncate(to: UInt64(size))
      return true
    }
    core.dirty.insert(self)
  }

  /// Runs a change of the chunk list while no commit is in flight; false means: no memory, wait.
  private func changeChunks(
    _ context: OperationContext, _ change: (inout ContentState) throws(FSError) -> Bool
  ) throws(FSError) {
    while true {
      let isDone = try state.wait(context, for: "a commit of \(name)") {
        (state) throws(FSError) -> Bool? in
        state.isCommitting ? nil : try change(&state)
      }
      if isDone { return }
      try core.budget.reserve(core.options.chunkBytes, for: .dirtyPages, context)
      core.budget.release(core.options.chunkBytes, for: .dirtyPages)
    }
  }

  /// Grows the file without writing (`fallocate`); space is not reserved, there is no way to.
  func extend(to size: Int64, _ context: OperationContext) throws(FSError) {
    if state.withLock({ $0.size >= UInt64(size) }) { return }
    try truncate(to: size, context)
  }

  /// Makes a range read as zeros: drops and shortens chunks, and writes zeros over the rest.
  func zero(_ range: Range<Int64>, _ context: OperationContext) throws(FSError) {
    try prepare(context)
    // Bytes on their way first become chunks, so that there is one kind of thing to cut.
    try storeBytes(context)
    var showing: [Range<Int64>] = []
    try changeChunks(context) { (state) throws(FSError) in
      guard state.dropInline() else { return false }
      let limited = range.clamped(to: 0..<Int64(clamping: state.size))
      guard !limited.isEmpty else { return true }
      state.cut(from: limited.lowerBound, to: limited.upperBound)
      state.appendBase = nil
      let time = Timestamp.now
      state.delta.mtime = time
      state.delta.ctime = time
      let view = try state.view()
      showing = view.pieces(in: limited).filter { $0.chunk != nil }.map(\.fileRange)
      return true
    }
    core.dirty.insert(self)
    let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { zeros.deallocate() }
    zeros.initializeMemory(as: UInt8.self, repeating: 0)
    for part in showing {
      var position = part.lowerBound
      while position < part.upperBound {
        let count = min(Int(part.upperBound - position), zeros.count)
        _ = try write(
          offset: position, UnsafeRawBufferPointer(rebasing: zeros.prefix(count)), isAppend: false,
          context)
        position += Int64(count)
      }
    }
  }

  /// SEEK_DATA and SEEK_HOLE over stored and unstored bytes.
  func seek(
    offset: Int64, whence: SeekTarget, _ context: OperationContext
  ) throws(FSError) -> Int64 {
    try prepare(context)
    return try state.withLock { (state) throws(FSError) -> Int64 in
      let size = Int64(clamping: state.size)
      guard offset >= 0, offset < size else {
        throw FSError(.noSuchOffset, "offset \(offset) is at or beyond the end")
      }
      if state.isInline { return whence == .data ? offset : size }
      let view = try state.view()
      var unstored = state.sealed.map { $0.offset..<$0.end }
      unstored += state.active.extents.map { $0.offset..<$0.end }
      return try whence.find(from: offset, size: size, view: view, unstored: unstored)
    }
  }
}

enum SeekTarget {
  case data, hole

  func find(
    from offset: Int64, size: Int64, view: ChunkView, unstored: [Range<Int64>]
  ) throws(FSError) -> Int64 {
    switch self {
    case .data:
      var best = view.nextData(from: offset)
      for range in unstored where range.upperBound > offset {
        let start = max(range.lowerBound, offset)
        best = best.map { min($0, start) } ?? start
      }
      guard let best, best < size else {
        throw FSError(.noSuchOffset, "no data behind offset \(offset)")
      }
      return best
    case .hole:
      var position = offset
      while position < size {
        let hole = view.nextHole(from: position)
        if let covering = unstored.first(where: { $0.contains(hole) }) {
          position = covering.upperBound
        } else if hole == position || hole >= size {
          return min(hole, size)
        } else {
          // A hole of the stored part: is it covered from exactly there on?
          position = hole
        }
      }
      return size
    }
  }
}
