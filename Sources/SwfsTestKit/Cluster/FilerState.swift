import SwfsCore

/// The filers' rules over names and needles. A value: the cluster owns the lock and tells the others
/// about `events`.
struct FilerState {
  var table = NameTable()
  var needles: NeedleStore
  /// Plain chunks from which on the filer makes manifests.
  let manifestBatch: Int
  let nameBytesMax = EntryName.bytesMax
  let started: Timestamp
  /// Objects in the cloud, by path, for remote-only entries.
  var remoteObjects: [EntryPath: [UInt8]] = [:]
  /// Changes since somebody took them away to deliver.
  var events: [ChangeEvent] = []

  init(manifestBatch: Int, vacuumsAtOnce: Bool, started: Timestamp) {
    needles = NeedleStore(vacuumsAtOnce: vacuumsAtOnce)
    self.manifestBatch = manifestBatch
    self.started = started
  }

  var root: Entry {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: .directory, permissions: 0o755)
    attributes.mtime = started.seconds
    attributes.crtime = started.seconds
    attributes.ctime = AttributeTimes.goZeroSeconds
    return Entry(name: "", isDirectoryFlag: true, attributes: attributes)
  }

  /// The entry as a filer answers it: links resolved, expired ones gone.
  mutating func find(_ path: EntryPath, now: Timestamp) throws(FSError) -> Entry? {
    if path.isRoot { return root }
    guard let entry = try peek(path) else { return nil }
    if entry.hasExpired(nowSeconds: now.seconds) {
      table.remove(path)
      return nil
    }
    return entry
  }

  /// The same without the expiry rule.
  func peek(_ path: EntryPath) throws(FSError) -> Entry? {
    switch table.rows[path] {
    case nil: return nil
    case .corrupt(let reason): throw FSError(.corrupt, reason)
    case .entry(let row):
      guard !row.hardLinkID.isEmpty, var truth = table.links[row.hardLinkID] else { return row }
      truth.name = row.name
      return truth
    }
  }

  mutating func list(
    _ directory: EntryPath, after: EntryName?, limit: Int, now: Timestamp
  ) -> ListingPage {
    var rows: [ListingRow] = []
    var last: EntryName?
    let names = table.names(in: directory, after: after)
    var looked = 0
    for name in names {
      if rows.count >= limit { break }
      looked += 1
      last = name
      do throws(FSError) {
        guard let entry = try find(directory.appending(name), now: now) else { continue }
        rows.append(ListingRow(name: name, content: .attributes(try entry.fileAttributes())))
      } catch {
        rows.append(ListingRow(name: name, content: .corrupt(reason: error.message)))
      }
    }
    return ListingPage(rows: rows, lastName: last, isLast: looked == names.count)
  }

  // MARK: Chunks

  mutating func cleaned(_ chunks: [Chunk]) throws(FSError) -> [Chunk] {
    let kept = ChunkCleanup.withoutGarbage(chunks)
    let keptIDs = needles.closure(kept)
    for fid in needles.closure(chunks).subtracting(keptIDs) { needles.free(fid) }
    return try ChunkCleanup.withManifests(kept, batch: manifestBatch, in: &needles)
  }

  mutating func freeChunks(of old: Entry, keeping new: [Chunk]) {
    for fid in needles.closure(old.chunks).subtracting(needles.closure(new)) { needles.free(fid) }
  }

  // MARK: Hard links

  mutating func writeLink(_ entry: Entry) {
    if !entry.hardLinkID.isEmpty { table.links[entry.hardLinkID] = entry }
  }

  /// One name fewer of a linked file.
  mutating func dropLink(_ id: [UInt8], now: Timestamp) {
    guard var truth = table.links[id] else { return }
    truth.hardLinkCounter -= 1
    truth.attributes.ctime = now.seconds
    truth.attributes.ctimeNanoseconds = now.nanoseconds
    table.links[id] = truth.hardLinkCounter > 0 ? truth : nil
  }

  // MARK: Events

  mutating func emit(
    _ old: Entry?, _ new: Entry?, in directory: EntryPath, movedTo newDirectory: EntryPath? = nil,
    at now: Timestamp
  ) {
    events.append(
      ChangeEvent(
        directory: directory, oldEntry: old, newEntry: new,
        newDirectory: newDirectory ?? directory, timestampNanoseconds: now.totalNanoseconds))
  }
}
