import SwfsCore

/// What one commit stores: a snapshot, so that writing goes on meanwhile.
struct CommitPlan {
  var entry: Entry
  /// The entry the write is guarded by; nil for a new file.
  var guardedBy: Entry?
  var pendingCount: Int
  var removed: Set<FileID>
  var trimmed: [FileID: UInt64]
  var delta: AttributeDelta
  var size: UInt64
}

extension ContentState {
  /// The entry to store now, or nil when there is nothing to say.
  mutating func planCommit(name: EntryName) throws(FSError) -> CommitPlan? {
    guard hasUncommitted, !isUnlinked else { return nil }
    var entry = base
    entry.name = name
    let contentChanged =
      !pending.isEmpty || !removed.isEmpty || !trimmed.isEmpty || sizeChanged || inlineDropped
    if removed.isEmpty && trimmed.isEmpty {
      // Manifests are kept as they are; the new chunks come behind them.
      entry.chunks = base.chunks + pending
    } else {
      guard let leaves else { throw FSError(.invalidArgument, "manifests are not expanded yet") }
      entry.chunks = leaves + pending
    }
    if inlineDropped { entry.content = [] }
    let size = committableSize
    entry.attributes.fileSize = size
    if contentChanged { entry.attributes.md5 = [] }
    delta.apply(to: &entry.attributes)
    return CommitPlan(
      entry: entry, guardedBy: isStored ? base : nil, pendingCount: pending.count,
      removed: removed, trimmed: trimmed, delta: delta, size: size)
  }

  /// The size others may see: without bytes that are still on their way.
  private var committableSize: UInt64 {
    guard hasUnstoredBytes else { return size }
    var result = sizeFloor
    for chunk in (leaves ?? base.chunks) + pending {
      if let end = chunk.end { result = max(result, UInt64(end)) }
    }
    return min(result, size)
  }

  /// The plan has been stored, as `stored` (the filer may have tidied the chunk list).
  mutating func committed(_ plan: CommitPlan, as stored: Entry) {
    let appended = Array(pending.prefix(plan.pendingCount))
    pending.removeFirst(min(plan.pendingCount, pending.count))
    leaves = leaves.map { $0 + appended }
    base = stored
    isStored = true
    inlineDropped = false
    removed.subtract(plan.removed)
    for (fid, size) in plan.trimmed where trimmed[fid] == size { trimmed[fid] = nil }
    delta = delta.subtracting(plan.delta)
    sizeFloor = max(plan.size, sizeChanged && size != plan.size ? min(sizeFloor, size) : plan.size)
    if size == plan.size || hasUnstoredBytes { sizeChanged = false }
    if pending.isEmpty { pendingSince = nil }
    appendBase = pending.isEmpty && !hasUnstoredBytes ? nil : appendBase.map { _ in plan.size }
    chunksChanged()
  }

  /// Somebody else wrote the entry since `base` was read: puts the local changes on top of theirs.
  ///
  /// Their bytes stay except where ours were written; appended bytes move behind theirs; chunks that
  /// were cut off here stay cut off, chunks we never saw stay.
  /// - Returns: whether the bytes applications see may have changed.
  mutating func rebase(onto current: Entry, leaves currentLeaves: [Chunk]) throws(FSError) -> Bool {
    let theirs = try current.fileAttributes()
    let ours = try base.fileAttributes()
    if !isStored, theirs.storedInode == ours.storedInode {
      // Our own creation, whose answer was lost.
      base = current
      base.chunks = []
      isStored = true
    }
    dropLanded(in: currentLeaves)
    let contentChanged = !isStored || theirs.contentFingerprint != ours.contentFingerprint
    let oldBaseSize = isStored ? ours.size : 0
    if !isStored && truncatesOnConflict {
      for chunk in currentLeaves { if let fid = chunk.fid { removed.insert(fid) } }
      if !current.content.isEmpty { inlineDropped = true }
      sizeChanged = true
    } else if !isStored && !current.content.isEmpty {
      base = current
      isStored = true
      if !dropInline() { throw FSError(.outOfMemory, "no memory to merge inline content") }
    }
    let known = Set(currentLeaves.compactMap(\.fid))
    removed.formIntersection(known)
    trimmed = trimmed.filter { known.contains($0.key) }
    base = current
    isStored = true
    leaves = currentLeaves.compactMap { chunk in
      guard let fid = chunk.fid else { return chunk }
      if removed.contains(fid) { return nil }
      guard let size = trimmed[fid], size < chunk.size else { return chunk }
      var shorter = chunk
      shorter.size = size
      return shorter
    }
    outrank(currentLeaves)
    if let appendBase, theirs.size > appendBase, contentChanged {
      shift(by: Int64(clamping: theirs.size - appendBase))
      self.appendBase = theirs.size
    } else if contentChanged, !sizeChanged || theirs.size > oldBaseSize {
      size = max(theirs.size, dirtyEnd)
      if sizeChanged { size = max(size, sizeFloor) }
    }
    sizeFloor = sizeChanged ? max(sizeFloor, min(size, theirs.size)) : theirs.size
    chunksChanged()
    needsRefresh = false
    return contentChanged
  }

  /// Forgets chunks that the stored entry has already: a commit did happen, only its answer was lost.
  private mutating func dropLanded(in theirs: [Chunk]) {
    let known = Set(theirs.compactMap(\.fid))
    let landed = pending.filter { $0.fid.map(known.contains) ?? false }
    guard !landed.isEmpty else { return }
    pending.removeAll { $0.fid.map(known.contains) ?? false }
    if appendBase != nil {
      let end = landed.reduce(Int64(0)) { max($0, $1.end ?? 0) }
      appendBase = pending.isEmpty && !hasUnstoredBytes ? nil : UInt64(end)
    }
    if pending.isEmpty { pendingSince = nil }
  }

  /// End of everything written here and not committed.
  private var dirtyEnd: UInt64 {
    var end: Int64 = 0
    for chunk in pending { end = max(end, chunk.end ?? 0) }
    for segment in sealed { end = max(end, segment.end) }
    for extent in active.extents { end = max(end, extent.end) }
    return UInt64(end)
  }

  /// Makes every local chunk later than all of theirs, keeping the order among our own.
  private mutating func outrank(_ theirs: [Chunk]) {
    let highest = theirs.reduce(Int64(0)) { max($0, $1.modifiedNanoseconds) }
    let lowest = min(
      pending.reduce(Int64.max) { min($0, $1.modifiedNanoseconds) },
      sealed.reduce(Int64.max) { min($0, $1.timestamp) })
    lastTimestamp = max(lastTimestamp, highest)
    guard lowest <= highest else { return }
    let distance = highest - lowest + 1
    for index in pending.indices { pending[index].modifiedNanoseconds += distance }
    for segment in sealed { segment.timestamp += distance }
    lastTimestamp += distance
  }

  private mutating func shift(by distance: Int64) {
    for index in pending.indices { pending[index].offset += distance }
    for segment in sealed { segment.shift(by: distance) }
    for extent in active.extents { extent.shift(by: distance) }
    size += UInt64(distance)
  }

  /// Replaces what is known of the file by a newer row. Only for a file without local changes.
  mutating func refresh(with entry: Entry) throws(FSError) {
    let attributes = try entry.fileAttributes()
    let old = try? base.fileAttributes()
    base = entry
    needsRefresh = false
    if old?.contentFingerprint != attributes.contentFingerprint || leaves == nil {
      leaves = Self.knownLeaves(of: entry)
      noteTimestamps()
      chunksChanged()
    }
    if size != attributes.size { chunksChanged() }
    size = attributes.size
    sizeFloor = attributes.size
  }
}
