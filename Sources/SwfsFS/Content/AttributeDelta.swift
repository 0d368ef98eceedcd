import SwfsCore

/// Attribute changes made here that are not in the cluster yet; nil leaves a thing as it is.
struct AttributeDelta: Sendable, Equatable {
  var permissions: UInt16?
  var uid: UInt32?
  var gid: UInt32?
  var mtime: Timestamp?
  var ctime: Timestamp?
  var atime: Timestamp?

  var isEmpty: Bool { self == AttributeDelta() }

  func apply(to attributes: inout StoredAttributes) {
    if let permissions { attributes.mode.permissions = permissions }
    if let uid { attributes.uid = uid }
    if let gid { attributes.gid = gid }
    if let mtime {
      attributes.mtime = mtime.seconds
      attributes.mtimeNanoseconds = mtime.nanoseconds
    }
    if let ctime {
      attributes.ctime = ctime.seconds
      attributes.ctimeNanoseconds = ctime.nanoseconds
    }
    if let atime {
      attributes.atime = atime.seconds
      attributes.atimeNanoseconds = atime.nanoseconds
    }
  }

  /// What is left after `stored` has reached the cluster: values changed again meanwhile stay.
  func subtracting(_ stored: AttributeDelta) -> AttributeDelta {
    var rest = self
    if rest.permissions == stored.permissions { rest.permissions = nil }
    if rest.uid == stored.uid { rest.uid = nil }
    if rest.gid == stored.gid { rest.gid = nil }
    if rest.mtime == stored.mtime { rest.mtime = nil }
    if rest.ctime == stored.ctime { rest.ctime = nil }
    if rest.atime == stored.atime { rest.atime = nil }
    return rest
  }

  /// Takes over what `changes` ask for. Owners and set-id bits follow POSIX: a chown of a regular file
  /// drops them (the group bit only where the group may execute).
  mutating func take(
    _ changes: AttributeChanges, current: FileMode, now: Timestamp
  ) {
    if let permissions = changes.permissions { self.permissions = permissions & 0o7777 }
    if let uid = changes.uid { self.uid = uid }
    if let gid = changes.gid { self.gid = gid }
    let ownerChanged = changes.uid != nil || changes.gid != nil
    if changes.permissions == nil, ownerChanged || changes.dropSetID, current.kind == .regular {
      let cleared = current.permissions.droppingSetID
      if cleared != current.permissions { permissions = cleared }
    }
    switch changes.atime {
    case nil: break
    case .now: atime = now
    case .to(let time): atime = time
    }
    switch changes.mtime {
    case nil: break
    case .now: mtime = now
    case .to(let time): mtime = time
    }
    ctime = now
  }
}

extension UInt16 {
  /// Mode bits after a write by somebody without CAP_FSETID: no set-user-id, and no set-group-id where
  /// the group may execute (without that bit it means mandatory locking and stays).
  var droppingSetID: UInt16 {
    var bits = self & ~0o4000
    if bits & 0o010 != 0 { bits &= ~0o2000 }
    return bits
  }
}
