import SwfsCore
import SwfsObserve
import Synchronization

/// Turns other clients' changes into what the inode table, open files and the kernel must hear.
///
/// Only inodes in the table matter: what the kernel does not know needs no news.
final class FeedApplier: Sendable {
  private let core: Core

  init(core: Core) {
    self.core = core
  }

  func apply(_ message: FeedMessage) {
    switch message {
    case .change(let event):
      Metrics.feedEvents.add()
      apply(event)
    case .interrupted(let filer):
      Log.warning("event stream of filer \(filer) broke: caches are dropped and kept short")
      dropEverything()
    case .resumed(let filer):
      Log.notice("event stream of filer \(filer) is back")
      dropEverything()
    }
  }

  private func apply(_ event: ChangeEvent) {
    let isMove =
      event.oldEntry != nil && event.newEntry != nil
      && (event.newDirectory != event.directory || event.oldEntry?.name != event.newEntry?.name)
    if isMove {
      if let old = event.oldEntry, let new = event.newEntry { moved(event, old, new) }
    } else if let new = event.newEntry {
      changed(in: event.oldEntry == nil ? event.newDirectory : event.directory, new)
    } else if let old = event.oldEntry {
      removed(from: event.directory, old)
    }
  }

  private func moved(_ event: ChangeEvent, _ old: Entry, _ new: Entry) {
    let from = core.table.find(event.directory)
    let to = core.table.find(event.newDirectory)
    from?.noteChange()
    to?.noteChange()
    if let from, let to, let child = core.table.child(from.id, old.name), isSame(child, new),
      core.table.child(to.id, new.name)?.content == nil
    {
      if let replaced = core.table.move(
        parent: from.id, name: old.name, to: to.id, new.name)
      {
        core.lostName(replaced)
        core.notifier?.invalidate(replaced.id, dropData: false)
      }
      core.notifier?.invalidate(from.id, name: old.name)
      core.notifier?.invalidate(to.id, name: new.name)
      noteEntry(child, new)
      invalidateDirectory(from)
      invalidateDirectory(to)
    } else {
      removed(from: event.directory, old)
      changed(in: event.newDirectory, new)
    }
  }

  /// Created or updated.
  private func changed(in path: EntryPath, _ new: Entry) {
    if !new.hardLinkID.isEmpty, let shared = core.table.find(hardLinkID: new.hardLinkID) {
      noteEntry(shared, new)
    }
    guard let directory = core.table.find(path) else { return }
    directory.noteChange()
    if let child = core.table.child(directory.id, new.name) {
      if isSame(child, new) {
        noteEntry(child, new)
      } else if let content = child.content {
        // The event may be older than what is open: only a row read later can take its name away.
        content.doubt()
        core.notifier?.invalidate(directory.id, name: new.name)
      } else {
        core.table.unbind(parent: directory.id, name: new.name)
        core.lostName(child)
        core.notifier?.invalidate(directory.id, name: new.name)
      }
      return
    }
    core.notifier?.invalidate(directory.id, name: new.name)
    invalidateDirectory(directory)
  }

  private func removed(from path: EntryPath, _ old: Entry) {
    if !old.hardLinkID.isEmpty, let shared = core.table.find(hardLinkID: old.hardLinkID) {
      shared.content?.state.update { $0.needsRefresh = true }
      core.notifier?.invalidate(shared.id, dropData: false)
    }
    guard let directory = core.table.find(path) else { return }
    directory.noteChange()
    guard let child = core.table.child(directory.id, old.name), child.content == nil else {
      core.table.child(directory.id, old.name)?.content?.doubt()
      core.notifier?.invalidate(directory.id, name: old.name)
      invalidateDirectory(directory)
      return
    }
    core.table.unbind(parent: directory.id, name: old.name)
    core.lostName(child)
    core.notifier?.removed(directory.id, name: old.name, child: child.id)
    invalidateDirectory(directory)
  }

  /// The stored entry of a known inode is another than before.
  private func noteEntry(_ inode: Inode, _ entry: Entry) {
    inode.forgetRow()
    let fingerprint = (try? entry.fileAttributes())?.contentFingerprint
    let dropsData = inode.state.withLock { state in
      guard inode.kind == .regular, state.pageFingerprint != fingerprint else { return false }
      state.pageFingerprint = nil
      return true
    }
    inode.content?.state.update { $0.needsRefresh = true }
    core.notifier?.invalidate(inode.id, dropData: dropsData)
  }

  private func invalidateDirectory(_ directory: Inode) {
    directory.forgetRow()
    core.notifier?.invalidate(directory.id, dropData: true)
  }

  private func isSame(_ inode: Inode, _ entry: Entry) -> Bool {
    guard let attributes = try? entry.fileAttributes() else { return false }
    return inode.matches(FileIdentity(attributes), hardLinkID: attributes.hardLinkID)
  }

  /// Changes may have been missed: nothing cached counts any more.
  private func dropEverything() {
    for item in core.table.everything() {
      item.inode.noteChange()
      item.inode.forgetRow()
      item.inode.content?.state.update { $0.needsRefresh = true }
      core.notifier?.invalidate(item.inode.id, dropData: false)
      core.notifier?.invalidate(item.parent, name: item.name)
    }
  }
}
