import SwfsCore

extension FilerState {
  /// CreateEntry: an upsert of the whole entry, missing parents made after it.
  mutating func create(
    _ entry: Entry, in directory: EntryPath, _ precondition: WritePrecondition, now: Timestamp
  ) throws(FSError) {
    try checkName(entry.name)
    let path = directory.appending(entry.name)
    let old = try find(path, now: now)
    try check(precondition, old, path)
    try checkKinds(old: old, new: entry, path)
    try store(entry, over: old, at: path, now: now)
    makeParents(of: path, mode: entry.attributes.fileMode, child: entry, now: now)
  }

  /// UpdateEntry: the same for an entry that is there.
  mutating func update(
    _ entry: Entry, in directory: EntryPath, _ precondition: WritePrecondition, now: Timestamp
  ) throws(FSError) {
    try checkName(entry.name)
    let path = directory.appending(entry.name)
    guard let old = try find(path, now: now) else { throw FSError(.notFound, "not found \(path)") }
    try check(precondition, old, path)
    try checkKinds(old: old, new: entry, path)
    try store(entry, over: old, at: path, now: now)
  }

  private func checkName(_ name: EntryName) throws(FSError) {
    guard !name.string.isEmpty, !name.string.utf8.contains(0x2f) else {
      throw FSError(.invalidArgument, "a name that no lookup would find")
    }
    guard name.string.utf8.count <= nameBytesMax else {
      throw FSError(.nameTooLong, "entry name too long")
    }
  }

  private func check(
    _ precondition: WritePrecondition, _ old: Entry?, _ path: EntryPath
  ) throws(FSError) {
    switch precondition {
    case .none: return
    case .absent:
      if old != nil { throw FSError(.exists, "\(path) exists") }
    case .equal(let expected):
      if old != expected { throw FSError(.preconditionFailed, "precondition failed: \(path)") }
    }
  }

  private func checkKinds(old: Entry?, new: Entry, _ path: EntryPath) throws(FSError) {
    guard let old else { return }
    let wasDirectory = old.attributes.mode.kind == .directory
    let isDirectory = new.attributes.mode.kind == .directory
    if wasDirectory && !isDirectory { throw FSError(.isDirectory, "\(path) is a directory") }
    if !wasDirectory && isDirectory { throw FSError(.notDirectory, "\(path) is a file") }
  }

  private mutating func store(
    _ entry: Entry, over old: Entry?, at path: EntryPath, now: Timestamp
  ) throws(FSError) {
    var new = normalized(entry, over: old, at: path)
    new.chunks = try cleaned(new.chunks)
    if new == old { return }
    if let old, !old.hardLinkID.isEmpty, old.hardLinkID != new.hardLinkID {
      // Other names may still need the old needles.
      if old.hardLinkCounter <= 1 { freeChunks(of: old, keeping: new.chunks) }
      dropLink(old.hardLinkID, now: now)
    } else if let old {
      freeChunks(of: old, keeping: new.chunks)
    }
    writeLink(new)
    table.set(.entry(new), at: path)
    emit(old, new, in: path.parent, at: now)
  }

  private func normalized(_ entry: Entry, over old: Entry?, at path: EntryPath) -> Entry {
    var new = entry
    if let old {
      new.attributes.crtime = old.attributes.crtime
      new.attributes.inode = old.attributes.inode
    } else if new.attributes.inode == 0 {
      new.attributes.inode = inode(of: new, at: path)
    }
    if new.attributes.atime == 0 {
      new.attributes.atime = new.attributes.mtime
      new.attributes.atimeNanoseconds = new.attributes.mtimeNanoseconds
    }
    if new.attributes.mime == "application/octet-stream" { new.attributes.mime = "" }
    // A smaller file_size does not truncate: only trimmed chunks do.
    for chunk in new.chunks {
      if let end = chunk.end {
        new.attributes.fileSize = max(new.attributes.fileSize, UInt64(end))
      }
    }
    return new
  }

  /// Not unique, like the filer's: the same path in the same second gives the same number.
  private func inode(of entry: Entry, at path: EntryPath) -> UInt64 {
    var hash = ContentFingerprint()
    if entry.hardLinkID.isEmpty {
      hash.combine(bytes: path.string.utf8)
      return hash.value &+ UInt64(bitPattern: entry.attributes.crtime) &* 37
    }
    hash.combine(bytes: entry.hardLinkID)
    return hash.value
  }

  /// Makes missing parents; a file in the way is promoted to a directory and keeps its bytes.
  mutating func makeParents(of path: EntryPath, mode: UInt32, child: Entry, now: Timestamp) {
    let directory = path.parent
    if directory.isRoot { return }
    switch table.rows[directory] {
    case .corrupt: return
    case .entry(var row):
      guard row.attributes.mode.kind != .directory else { return }
      let before = row
      row.attributes.fileMode |= 1 << 31
      row.isDirectoryFlag = true
      row.extended["x-seaweedfs-prefix-object"] = Array("true".utf8)
      table.set(.entry(row), at: directory)
      emit(before, row, in: directory.parent, at: now)
    case nil:
      var attributes = StoredAttributes()
      attributes.fileMode = 1 << 31 | (mode & 0o777) | 0o111
      attributes.uid = child.attributes.uid
      attributes.gid = child.attributes.gid
      attributes.mtime = now.seconds
      attributes.crtime = now.seconds
      let made = Entry(name: directory.name, isDirectoryFlag: true, attributes: attributes)
      let stored = normalized(made, over: nil, at: directory)
      table.set(.entry(stored), at: directory)
      emit(nil, stored, in: directory.parent, at: now)
      makeParents(of: directory, mode: mode, child: child, now: now)
    }
  }
}
