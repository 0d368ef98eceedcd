import SwfsCore
import SwfsObserve
import Synchronization

/// Directories whose new times are known here and not stored yet.
///
/// A filer does not change a directory's times when an entry comes or goes, so the client does; many
/// changes in a row become one write.
final class TouchedDirectories: Sendable {
  private let inodes = Mutex<Set<InodeID>>([])

  func insert(_ inode: InodeID) { inodes.withLock { _ = $0.insert(inode) } }

  func takeAll() -> Set<InodeID> {
    inodes.withLock { inodes in
      defer { inodes.removeAll() }
      return inodes
    }
  }
}

extension Core {
  /// Stores a directory's newer times, if it has any.
  func storeTouch(of directory: Inode, _ context: OperationContext) throws(FSError) {
    guard let time = directory.state.withLock({ $0.touchedAt }) else { return }
    if directory.id == .root && options.basePath.isRoot { return }
    guard let path = table.path(of: directory.id) else { return }
    do throws(FSError) {
      _ = try gate.shared(context) { () throws(FSError) in
        try mutate(path, context) { entry throws(FSError) in
          guard entry.attributes.mode.kind == .directory else { return }
          var delta = AttributeDelta()
          let times = AttributeTimes(entry.attributes)
          if time > times.mtime { delta.mtime = time }
          if time > times.ctime { delta.ctime = time }
          delta.apply(to: &entry.attributes)
        }
      }
    } catch  where error.code == .notFound {
      // Removed or moved meanwhile: no times to keep under this name.
    }
    directory.forgetRow()
    directory.state.withLock { if $0.touchedAt == time { $0.touchedAt = nil } }
  }

  /// Stores the times of all touched directories; what fails is tried again with the next change.
  func storeTouches(_ context: OperationContext) {
    for id in touches.takeAll() {
      guard let inode = table.inode(id) else { continue }
      do throws(FSError) {
        try storeTouch(of: inode, context)
      } catch {
        Log.debug("times of directory \(id.number) not stored yet: \(error)")
        touches.insert(id)
      }
    }
  }
}
