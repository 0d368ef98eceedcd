import SwfsCore
import SwfsObserve
import Synchronization

extension Core {
  /// The content of a file for one more user, read fresh from its row.
  ///
  /// - Throws: `stale` when the name means another file now.
  func attach(_ inode: Inode, _ context: OperationContext) throws(FSError) -> FileContent {
    guard inode.kind == .regular else {
      throw FSError(
        inode.kind == .directory ? .isDirectory : .invalidArgument, "not a regular file")
    }
    table.pin(inode.id)
    if let content = inode.content, table.path(of: inode.id) == nil || content.isLocalOnly {
      inode.state.withLock { $0.openCount += 1 }
      return content
    }
    do throws(FSError) {
      while true {
        let mark = clock.now
        var entry = try row(of: inode, context)
        if entry.isRemoteOnly { entry = try store.materializeRemote(path(of: inode.id), context) }
        if let content = try install(entry, in: inode, readAt: mark) { return content }
      }
    } catch {
      table.unpin(inode.id)
      throw error
    }
  }

  /// - Returns: nil when something was stored from here since the row was read.
  private func install(
    _ entry: Entry, in inode: Inode, readAt mark: UInt64
  ) throws(FSError) -> FileContent? {
    let attributes = try entry.fileAttributes()
    let installed = inode.state.withLock { state -> (FileContent, Bool)? in
      guard state.lastWrite <= mark else { return nil }
      state.openCount += 1
      if let content = state.content { return (content, false) }
      let content = FileContent(
        inode: inode, core: self, base: entry, isStored: true, size: attributes.size)
      state.content = content
      return (content, true)
    }
    guard let (content, isNew) = installed else { return nil }
    if !isNew {
      do throws(FSError) {
        try content.refresh(with: entry, readAt: mark)
      } catch {
        inode.state.withLock { $0.openCount -= 1 }
        throw error
      }
    }
    return content
  }

  /// A file that exists here only, until its first commit.
  func attachNew(_ inode: Inode, _ entry: Entry, isStored: Bool) -> FileContent {
    table.pin(inode.id)
    let content = FileContent(inode: inode, core: self, base: entry, isStored: isStored, size: 0)
    inode.state.withLock { state in
      state.openCount += 1
      state.content = content
    }
    if !isStored { dirty.insert(content) }
    return content
  }

  /// One user less. The last one leaves: what is still dirty is stored, a removed file's needles go.
  func detach(_ inode: Inode) {
    let content = inode.state.withLock { state -> FileContent? in
      state.openCount -= 1
      return state.openCount == 0 ? state.content : nil
    }
    if let content { finishLastClose(content) }
    table.unpin(inode.id)
  }

  private func finishLastClose(_ content: FileContent) {
    if content.state.withLock({ $0.isUnlinked }) {
      content.discardEverything()
    } else if content.state.withLock({ $0.isDirty }) {
      // Pages of a mapping written after the last close, or a flush that failed before.
      do throws(FSError) {
        try content.flush(background())
      } catch {
        Log.error(
          "data of \(content.name) could not be stored at its last close: \(error)")
        content.state.update { $0.isUnlinked = true }
        dirty.remove(content)
      }
    }
    content.inode.state.withLock { state in
      if state.openCount == 0, state.content === content { state.content = nil }
    }
    dirty.remove(content)
  }
}

extension FileContent {
  /// Exists in this mount only.
  var isLocalOnly: Bool { state.withLock { !$0.isStored } }

  /// The file has no name and no user any more: its needles are nobody's.
  func discardEverything() {
    core.dirty.remove(self)
    let garbage = state.update { state -> [Chunk] in
      _ = state.active.takeAll()
      // What was uploaded and never committed is nobody's in any case; committed needles only when
      // the name was removed without freeing them.
      var garbage = state.pending + state.garbage
      state.pending = []
      state.garbage = []
      if state.ownsNeedles {
        let stored = state.base.chunks + (state.leaves ?? [])
        var seen = Set<FileID>()
        garbage += stored.filter { $0.fid.map { seen.insert($0).inserted } ?? false }
        state.ownsNeedles = false
      }
      return garbage
    }
    guard !garbage.isEmpty else { return }
    core.uploads.add { [core] in core.chunks.discard(garbage, .background(seconds: 30)) }
  }
}

extension Entry {
  /// The bytes are in the cloud only.
  var isRemoteOnly: Bool {
    guard let remote, chunks.isEmpty, content.isEmpty else { return false }
    return remote.size > 0
  }
}
