import SwfsCore

extension FilerState {
  /// DeleteEntry. A missing name is success without an event.
  mutating func delete(
    _ path: EntryPath, recursive: Bool, freeChunks: Bool, now: Timestamp
  ) throws(FSError) {
    guard !path.isRoot, let entry = try peek(path) else { return }
    if table.hasChildren(path) {
      guard recursive else {
        throw FSError(.notEmpty, "fail to delete non-empty folder: \(path)")
      }
      for name in table.names(in: path) {
        let child = path.appending(name)
        if case .corrupt = table.rows[child] {
          table.remove(child)
        } else {
          try delete(child, recursive: true, freeChunks: freeChunks, now: now)
        }
      }
    }
    remove(entry, at: path, freeChunks: freeChunks, now: now)
    emit(entry, nil, in: path.parent, at: now)
  }

  private mutating func remove(
    _ entry: Entry, at path: EntryPath, freeChunks free: Bool, now: Timestamp
  ) {
    table.remove(path)
    if free, entry.hardLinkID.isEmpty || entry.hardLinkCounter <= 1 {
      freeChunks(of: entry, keeping: [])
    }
    if !entry.hardLinkID.isEmpty { dropLink(entry.hardLinkID, now: now) }
  }

  /// AtomicRenameEntry: every descendant's row moves, a file at the target is replaced. Knows neither
  /// NOREPLACE nor EXCHANGE, and does not care whether both names are links of one file.
  mutating func rename(
    _ source: EntryPath, to target: EntryPath, now: Timestamp
  ) throws(FSError) {
    guard !source.isRoot, !target.isRoot else { throw FSError(.invalidArgument, "the root") }
    guard let entry = try find(source, now: now) else {
      throw FSError(.notFound, "no entry is found at \(source)")
    }
    if source == target { return }
    if target.relative(to: source) != nil {
      throw FSError(.invalidArgument, "can not move directory to a subdirectory of itself")
    }
    try makeRoom(for: entry, at: target, now: now)
    try move(source, to: target, now: now)
    makeParents(of: target, mode: entry.attributes.fileMode, child: entry, now: now)
  }

  private mutating func makeRoom(
    for entry: Entry, at target: EntryPath, now: Timestamp
  ) throws(FSError) {
    guard let existing = try find(target, now: now) else { return }
    let movesDirectory = entry.attributes.mode.kind == .directory
    if existing.attributes.mode.kind == .directory {
      guard movesDirectory else { throw FSError(.isDirectory, "existing entry is a directory") }
      guard !table.hasChildren(target) else { throw FSError(.notEmpty, "\(target) is not empty") }
    } else if movesDirectory {
      throw FSError(.notDirectory, "\(target) is not directory")
    }
    remove(existing, at: target, freeChunks: true, now: now)
    emit(existing, nil, in: target.parent, at: now)
  }

  private mutating func move(
    _ source: EntryPath, to target: EntryPath, now: Timestamp
  ) throws(FSError) {
    let children = table.names(in: source)
    let before = try peek(source)
    guard let row = table.remove(source) else { return }
    switch row {
    case .corrupt: table.set(row, at: target)
    case .entry(var entry):
      entry.name = target.name
      table.set(.entry(entry), at: target)
    }
    if let before, let after = try peek(target) {
      emit(before, after, in: source.parent, movedTo: target.parent, at: now)
    }
    for name in children {
      try move(source.appending(name), to: target.appending(name), now: now)
    }
  }
}
