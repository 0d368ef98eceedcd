public import SwfsCore
import SwfsObserve
import Synchronization

extension ClusterFileSystem {
  /// How often a waiting lock asks again, in seconds.
  private static let pollSeconds = 0.05

  public func getLock(
    _ handle: HandleID, _ lock: AdvisoryLock, _ context: OperationContext
  ) throws(FSError) -> AdvisoryLock? {
    guard let locks else { throw FSError(.unsupported, "the kernel keeps the locks") }
    return try locks.conflict(lockKey(handles.file(handle)), lock, context)
  }

  public func setLock(
    _ handle: HandleID, _ lock: AdvisoryLock, wait: Bool, _ context: OperationContext
  ) throws(FSError) {
    guard let locks else { throw FSError(.unsupported, "the kernel keeps the locks") }
    let file = try handles.file(handle)
    let key = try lockKey(file)
    let owner = LockOwner(owner: lock.owner, isFlock: lock.isFlock)
    if lock.kind != .unlock {
      // Before it is granted: an answer that gets lost may have been a grant.
      file.inode.state.withLock { _ = $0.lockOwners.insert(owner) }
    }
    while true {
      switch try locks.tryLock(key, lock, context) {
      case .granted:
        if lock.kind != .unlock { try revalidate(file, context) }
        return
      case .conflict where !wait:
        throw FSError(.wouldBlock, "the range is locked by somebody else")
      case .conflict, .deferred:
        try context.sleep(seconds: Self.pollSeconds, "a file lock")
      }
    }
  }

  /// Whoever gets a lock sees what the owner before wrote, also through an old handle.
  private func revalidate(_ file: FileHandle, _ context: OperationContext) throws(FSError) {
    guard core.table.path(of: file.inode.id) != nil, !file.content.isLocalOnly else { return }
    let mark = core.clock.now
    let entry = try core.row(of: file.inode, context)
    if try file.content.refresh(with: entry, readAt: mark) {
      file.inode.state.withLock { $0.pageFingerprint = nil }
      core.notifier?.invalidate(file.inode.id, dropData: true)
    }
  }

  func releaseLocks(_ file: FileHandle, owner: UInt64, isFlock: Bool) {
    guard let locks,
      file.inode.state.withLock({
        $0.lockOwners.remove(LockOwner(owner: owner, isFlock: isFlock)) != nil
      })
    else { return }
    do throws(FSError) {
      try locks.releaseOwner(
        lockKey(file), owner: owner, isFlock: isFlock, .background(seconds: 5))
    } catch {
      // The filers drop locks of a session that no longer renews them.
      Log.warning("locks of \(file.content.name) not given back: \(error)")
    }
  }

  /// weed mount's naming: both see each other's locks.
  private func lockKey(_ file: FileHandle) throws(FSError) -> String {
    if let link = file.inode.state.withLock({ $0.hardLinkID }) {
      return "s3.fuse.lock:hl:" + link.map { Hex.byte($0) }.joined()
    }
    guard let path = core.table.path(of: file.inode.id) else {
      return "s3.fuse.lock:removed:\(file.inode.id.number)"
    }
    return "s3.fuse.lock:" + path.string
  }
}

enum Hex {
  static func byte(_ value: UInt8) -> String {
    let text = String(value, radix: 16)
    return text.utf8.count == 1 ? "0" + text : text
  }
}
