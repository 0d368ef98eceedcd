import Synchronization

/// Counts the changes of stored entries made by this mount.
///
/// A row that was read before a change must not replace what is known since. Whoever reads a row notes
/// the time before, and compares it with the inode's last change after: a change gets its time when it
/// is stored and before local state says so. A clock for the whole mount, since the inode of a row may
/// not be known before the row was read (another name of a hard link).
final class WriteClock: Sendable {
  private let changes = Atomic<UInt64>(0)

  var now: UInt64 { changes.load(ordering: .sequentiallyConsistent) }

  /// The inode's stored entry has just been changed from here.
  func note(_ inode: Inode) {
    inode.state.withLock { state in
      state.lastWrite = changes.add(1, ordering: .sequentiallyConsistent).newValue
    }
  }
}

extension Inode {
  /// Whether a row read at `mark` is older than a change made from here.
  func changedSince(_ mark: UInt64) -> Bool { state.withLock { $0.lastWrite > mark } }
}
