import SwfsCore
import Synchronization

/// What tells two files apart that had the same path at different times.
///
/// SeaweedFS has no unique file number: the stored inode repeats after server-side copies and the
/// creation time has seconds only. Together they change whenever a name comes to mean another file,
/// and stay when a file is overwritten or renamed (the filer keeps both across updates).
struct FileIdentity: Hashable, Sendable {
  var storedInode: UInt64
  var crtimeSeconds: Int64
  var kind: FileKind

  init(_ attributes: FileAttributes) {
    storedInode = attributes.storedInode
    crtimeSeconds = attributes.crtimeSeconds
    kind = attributes.kind
  }
}

/// A file, directory or special file that the kernel, or an open handle, refers to.
///
/// Names and reference counts live in the `InodeTable` under its lock; what is here has a lock of its
/// own, which is a leaf: nothing is called while it is held.
final class Inode: Sendable {
  let id: InodeID
  let kind: FileKind
  let state: Mutex<State>

  struct State {
    var identity: FileIdentity
    /// Key of the KV row shared by all names, for hard links.
    var hardLinkID: [UInt8]?
    /// Data of the file while it is open or has something to store.
    var content: FileContent?
    /// Open handles, and operations that work on `content` like one.
    var openCount = 0
    /// Content that the pages in the kernel's cache belong to.
    var pageFingerprint: UInt64?
    /// For directories: what new children inherit. Nil: unknown, read the row.
    var inheritance: Inheritance?
    /// For directories: a newer mtime than the row's, not yet stored.
    var touchedAt: Timestamp?
    /// For directories: grows with every change that others make inside; rows read before are old.
    var changeSequence: UInt64 = 0
    /// The row had no extended attributes when it was last read, and nobody has changed it since: most
    /// files are asked for their ACL and have none.
    var hasNoExtendedAttributes = false
    /// Content that the attributes the kernel was told last belong to.
    var toldFingerprint: UInt64?
    /// When the stored entry was last changed from here, on the mount's `WriteClock`.
    var lastWrite: UInt64 = 0
    /// Who of this mount may hold locks on the file: nobody else has any to give back at a close.
    var lockOwners: Set<LockOwner> = []
    /// For directories: attributes of the row, while nobody changed them.
    var knownRow: FileAttributes?
    /// Grows whenever `knownRow` stops to be true, so that a read in flight does not bring it back.
    var rowVersion: UInt64 = 0
    /// The last name that was looked up in this directory and not there.
    var lastMiss: Miss?
    /// atime lives in memory only, like on a `noatime` disk.
    var atime: Timestamp?
  }

  init(id: InodeID, kind: FileKind, identity: FileIdentity, hardLinkID: [UInt8]?) {
    self.id = id
    self.kind = kind
    state = Mutex(State(identity: identity, hardLinkID: hardLinkID))
  }

  var content: FileContent? { state.withLock { $0.content } }
}

/// The kernel's owner of a file lock; flock and fcntl owners are different things.
struct LockOwner: Hashable, Sendable {
  var owner: UInt64
  var isFlock: Bool
}

/// A name that was not there a moment ago.
struct Miss: Sendable {
  var name: EntryName
  /// The directory's change sequence then.
  var sequence: UInt64
  var validUntil: Deadline
}

/// What a new entry takes over from its directory.
struct Inheritance: Sendable {
  /// Set-group-id directories pass on their group, and the bit itself to directories.
  var setGroupID: Bool
  var gid: UInt32
  /// Raw value of `system.posix_acl_default`, if there is one.
  var defaultACL: [UInt8]?
  /// Nothing of this is believed for longer, even if no event came.
  var validUntil: Deadline
}
