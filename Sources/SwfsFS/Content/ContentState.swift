import SwfsCore

/// Everything known about one open file's bytes. A value without I/O, so that every rule can be tested
/// by itself; `FileContent` keeps it under a lock and performs what it asks for.
///
/// Three layers make the file that applications see: the committed and uploaded chunks (`leaves`,
/// `pending`), the sealed segments on their way, and the extents still being written.
struct ContentState {
  /// The entry as last read from, or written to, the cluster; before the first commit of a new file:
  /// what it will be made from.
  var base: Entry
  /// Whether `base` is in the cluster.
  var isStored: Bool
  /// Chunks of `base` with manifests expanded, less what was cut off here; nil until needed.
  var leaves: [Chunk]?
  /// Uploaded, not yet referenced by the stored entry.
  var pending: [Chunk] = []
  /// Needles of `base` that local truncation or punching dropped, or shortened to so many bytes.
  var removed: Set<FileID> = []
  var trimmed: [FileID: UInt64] = [:]
  var delta = AttributeDelta()
  var size: UInt64
  /// The size was set explicitly (truncate, allocate), not only by writing.
  var sizeChanged = false
  /// The part of `size` that does not come from bytes on their way: what a commit in the middle of
  /// writing may tell others.
  var sizeFloor: UInt64
  /// A new file that turns out to exist already is emptied (O_TRUNC).
  var truncatesOnConflict = false
  /// Inline content was turned into written bytes.
  var inlineDropped = false
  var active: DirtyExtents
  var sealed: [Segment] = []
  var lastTimestamp: Int64 = 0
  /// When everything dirty was written by O_APPEND: the size of the file those bytes were appended to.
  /// Lets a commit move them behind what another mount appended meanwhile.
  var appendBase: UInt64?
  /// A commit is in flight: only it may change `base`, `leaves`, `removed`, `trimmed`.
  var isCommitting = false
  /// Somebody else changed the stored entry; `base` is old.
  var needsRefresh = false
  /// The last name is gone; nothing is committed any more.
  var isUnlinked = false
  /// The name was removed here without freeing the needles, because the file was open: whoever closes
  /// it last frees them.
  var ownsNeedles = false
  /// When this came into being here, monotonic nanoseconds.
  let madeAt = Deadline.now
  /// The last name known here is gone, but the file has others: what is written now has nowhere to go.
  var isDetached = false
  /// Uploaded chunks that were cut off before any entry referred to them.
  var garbage: [Chunk] = []
  var dirtySince: UInt64?
  var lastWrite: UInt64 = 0
  var pendingSince: UInt64?
  var failure: FSError?
  /// The write-back thread tries again after this moment, monotonic nanoseconds.
  var retryAt: UInt64 = 0
  private var cachedView: ChunkView?

  init(base: Entry, isStored: Bool, size: UInt64, chunkBytes: Int, budget: MemoryBudget) {
    self.base = base
    self.isStored = isStored
    self.size = size
    sizeFloor = size
    active = DirtyExtents(chunkBytes: chunkBytes, budget: budget)
    leaves = Self.knownLeaves(of: base)
    noteTimestamps()
  }

  static func knownLeaves(of entry: Entry) -> [Chunk]? {
    entry.chunks.contains(where: \.isManifest) ? nil : entry.chunks
  }

  // MARK: Questions

  var hasUncommitted: Bool {
    !isStored || !pending.isEmpty || !removed.isEmpty || !trimmed.isEmpty || sizeChanged
      || inlineDropped || !delta.isEmpty
  }

  var hasUnstoredBytes: Bool { !active.isEmpty || !sealed.isEmpty }
  var isDirty: Bool { hasUncommitted || hasUnstoredBytes }

  var unstoredByteCount: Int { active.byteCount + sealed.reduce(0) { $0 + $1.visibleCount } }

  /// Whether the file's bytes are still the inline content of its entry.
  var isInline: Bool { !inlineDropped && !base.content.isEmpty }

  /// Attributes as an application sees them now.
  func attributes() throws(FSError) -> FileAttributes {
    var entry = base
    delta.apply(to: &entry.attributes)
    var attributes = try entry.fileAttributes()
    attributes.size = size
    return attributes
  }

  /// The interval map over everything uploaded, cached until a chunk changes.
  mutating func view() throws(FSError) -> ChunkView {
    if let cachedView { return cachedView }
    guard let leaves else { throw FSError(.invalidArgument, "manifests are not expanded yet") }
    let made = try ChunkView(chunks: leaves + pending, size: size)
    cachedView = made
    return made
  }

  mutating func chunksChanged() { cachedView = nil }

  /// A name went away, to another file or altogether.
  mutating func lostName(isNameless: Bool) {
    let links = base.hardLinkCounter
    if links > 1 {
      base.hardLinkCounter = links - 1
      needsRefresh = true
      isDetached = isNameless
    } else if isNameless {
      isUnlinked = true
    }
  }

  // MARK: Time

  /// The next overlap order: later than every chunk of the file, whatever the clocks say.
  mutating func nextTimestamp() -> Int64 {
    lastTimestamp = max(
      Timestamp.now.totalNanoseconds, lastTimestamp < .max ? lastTimestamp + 1 : lastTimestamp)
    return lastTimestamp
  }

  mutating func noteTimestamps() {
    for chunk in leaves ?? base.chunks {
      lastTimestamp = max(lastTimestamp, chunk.modifiedNanoseconds)
    }
  }

  // MARK: Writing

  /// Takes bytes as far as memory allows; returns how many.
  mutating func write(
    offset: Int64, _ bytes: UnsafeRawBufferPointer, isAppend: Bool
  ) -> Int {
    let wasClean = !hasUnstoredBytes && pending.isEmpty
    let taken = active.write(offset: offset, bytes)
    guard taken > 0 else { return 0 }
    if wasClean && isAppend && !sizeChanged && removed.isEmpty {
      appendBase = UInt64(offset)
    } else if !isAppend {
      appendBase = nil
    }
    let now = Deadline.now
    if dirtySince == nil { dirtySince = now }
    lastWrite = now
    let end = UInt64(offset) + UInt64(taken)
    if end > size {
      size = end
      chunksChanged()
    }
    let time = Timestamp.now
    delta.mtime = time
    delta.ctime = time
    return taken
  }

  /// Turns inline content into written bytes, before the first change to it.
  /// - Returns: false when there is no memory for it right now.
  mutating func dropInline() -> Bool {
    guard isInline else { return true }
    let wanted = base.content.count
    let taken = base.content.withUnsafeBytes { active.write(offset: 0, $0) }
    guard taken == wanted else {
      active.truncate(to: 0)
      return false
    }
    inlineDropped = true
    if dirtySince == nil { dirtySince = Deadline.now }
    return true
  }

  /// Seals extents: their bytes are final and may be uploaded.
  mutating func seal(all: Bool) -> [Segment] {
    let extents = all ? active.takeAll() : active.takeComplete()
    var made: [Segment] = []
    for extent in extents {
      made.append(Segment(extent, timestamp: nextTimestamp()))
    }
    sealed += made
    return made
  }

  /// An upload succeeded: the segment's visible bytes are now a chunk.
  /// - Returns: false when nothing of it belongs to the file any more: the needle is garbage.
  mutating func uploaded(_ segment: Segment, as chunk: Chunk) -> Bool {
    guard let index = sealed.firstIndex(where: { $0 === segment }) else { return false }
    sealed.remove(at: index)
    if !hasUnstoredBytes { dirtySince = nil }
    guard segment.visibleCount > 0 else { return false }
    var placed = chunk
    placed.offset = segment.offset
    placed.size = UInt64(segment.visibleCount)
    placed.modifiedNanoseconds = segment.timestamp
    pending.append(placed)
    if pendingSince == nil { pendingSince = Deadline.now }
    chunksChanged()
    return true
  }

  /// Bytes of a range that are not uploaded yet, oldest first, as they are now. Segments are held by
  /// reference, extents that can still change are copied.
  func captureUnstored(_ range: Range<Int64>) -> [UnstoredPiece] {
    var pieces: [UnstoredPiece] = []
    for segment in sealed where segment.offset < range.upperBound && segment.end > range.lowerBound
    {
      pieces.append(.sealed(segment, offset: segment.offset, count: segment.visibleCount))
    }
    for extent in active.extents
    where extent.offset < range.upperBound && extent.end > range.lowerBound {
      let from = max(extent.offset, range.lowerBound)
      let to = min(extent.end, range.upperBound)
      let part = extent.bytes[Int(from - extent.offset)..<Int(to - extent.offset)]
      pieces.append(.copied([UInt8](part), offset: from))
    }
    return pieces
  }

  /// Whether one run of unstored bytes covers the whole range, so that nothing has to be fetched.
  func coversUnstored(_ range: Range<Int64>) -> Bool {
    if active.extents.contains(where: {
      $0.offset <= range.lowerBound && $0.end >= range.upperBound
    }) {
      return true
    }
    return sealed.contains { $0.offset <= range.lowerBound && $0.end >= range.upperBound }
  }

  // MARK: Truncating and punching

  /// Sets the size. Shrinking drops chunks and bytes beyond it; growing makes a hole.
  /// The manifests must be expanded and no commit in flight.
  mutating func truncate(to newSize: UInt64) {
    appendBase = nil
    if newSize < size {
      let limit = Int64(clamping: newSize)
      active.truncate(to: limit)
      for segment in sealed { segment.truncate(toEnd: limit) }
      cut(from: limit, to: .max)
    }
    let time = Timestamp.now
    delta.mtime = time
    delta.ctime = time
    size = newSize
    sizeFloor = newSize
    sizeChanged = true
    chunksChanged()
    if !hasUnstoredBytes { dirtySince = nil }
  }

  /// Removes chunks inside a range and shortens those that end in it. What still shows through (bytes
  /// of chunks that begin before and end after, or begin inside and end after) must be overwritten
  /// with zeros by the caller.
  mutating func cut(from start: Int64, to end: Int64) {
    let isOurs = Set(pending.compactMap(\.fid))
    func keep(_ chunk: Chunk) -> Chunk? {
      guard let chunkEnd = chunk.end, chunkEnd > start, chunk.offset < end else { return chunk }
      if chunk.offset >= start, chunkEnd <= end {
        if let fid = chunk.fid, !isOurs.contains(fid) {
          removed.insert(fid)
          trimmed[fid] = nil
        }
        return nil
      }
      if chunk.offset < start, chunkEnd <= end {
        var shorter = chunk
        shorter.size = UInt64(start - chunk.offset)
        if let fid = chunk.fid, !isOurs.contains(fid) { trimmed[fid] = shorter.size }
        return shorter
      }
      return chunk
    }
    var kept: [Chunk] = []
    for chunk in leaves ?? [] { if let chunk = keep(chunk) { kept.append(chunk) } }
    leaves = kept
    var keptPending: [Chunk] = []
    for chunk in pending {
      if let kept = keep(chunk) { keptPending.append(kept) } else { garbage.append(chunk) }
    }
    pending = keptPending
    chunksChanged()
  }
}

/// A piece of a file that lies over what the cluster has.
enum UnstoredPiece {
  case sealed(Segment, offset: Int64, count: Int)
  case copied([UInt8], offset: Int64)

  /// Copies the part that falls into `range` to its place in `buffer`.
  func copy(to buffer: UnsafeMutableRawBufferPointer, range: Range<Int64>) {
    switch self {
    case .sealed(let segment, let offset, let count):
      Self.copy(
        UnsafeRawBufferPointer(rebasing: segment.bytes.prefix(count)), at: offset, to: buffer, range
      )
    case .copied(let bytes, let offset):
      bytes.withUnsafeBytes { Self.copy($0, at: offset, to: buffer, range) }
    }
  }

  private static func copy(
    _ bytes: UnsafeRawBufferPointer, at offset: Int64,
    to buffer: UnsafeMutableRawBufferPointer, _ range: Range<Int64>
  ) {
    let from = max(offset, range.lowerBound)
    let to = min(offset + Int64(bytes.count), range.upperBound)
    guard from < to, let target = buffer.baseAddress, let source = bytes.baseAddress else { return }
    target.advanced(by: Int(from - range.lowerBound))
      .copyMemory(from: source.advanced(by: Int(from - offset)), byteCount: Int(to - from))
  }
}
