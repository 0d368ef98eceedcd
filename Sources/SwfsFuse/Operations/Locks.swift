import CFuse
import Glibc
import SwfsCore
import SwfsFS
import SwfsObserve

extension OperationTable {
  /// fcntl(2) and flock(2) locks. A call that waits gets a thread of its own.
  static func addLocks(_ table: inout fuse_lowlevel_ops) {
    table.getlk = { request, inode, info, lock in
      serve(request, .getlk, inode) { glue, context throws(FSError) in
        let wanted = try advisoryLock(info, lock)
        return .lock(try glue.fileSystem.getLock(openFile(info), wanted, context))
      }
    }
    table.setlk = { request, inode, info, lock, sleep in
      setLock(request, .setlk, inode, info, wait: sleep != 0) { () throws(FSError) in
        try advisoryLock(info, lock)
      }
    }
    table.flock = { request, inode, info, operation in
      setLock(request, .flock, inode, info, wait: operation & LOCK_NB == 0) {
        () throws(FSError) in
        let kind: AdvisoryLock.Kind
        switch operation & ~LOCK_NB {
        case LOCK_SH: kind = .read
        case LOCK_EX: kind = .write
        case LOCK_UN: kind = .unlock
        default: throw FSError(.invalidArgument, "flock operation \(operation)")
        }
        return AdvisoryLock(
          start: 0, end: .max, kind: kind, owner: info?.pointee.lock_owner ?? 0, pid: 0,
          isFlock: true)
      }
    }
  }
}

extension flock {
  /// The answer of F_GETLK: the lock in the way, or F_UNLCK.
  init(_ lock: AdvisoryLock?) {
    self.init()
    l_whence = Int16(SEEK_SET)
    guard let lock, lock.kind != .unlock else {
      l_type = Int16(F_UNLCK)
      return
    }
    l_type = Int16(lock.kind == .read ? F_RDLCK : F_WRLCK)
    l_start = Int(clamping: lock.start)
    l_len = lock.end >= UInt64(Int64.max) ? 0 : Int(clamping: lock.end &- lock.start &+ 1)
    l_pid = Int32(truncatingIfNeeded: lock.pid)
  }
}

private func setLock(
  _ request: fuse_req_t?, _ operation: Operation, _ inode: UInt64,
  _ info: UnsafeMutablePointer<fuse_file_info>?, wait: Bool,
  _ make: () throws(FSError) -> AdvisoryLock
) {
  let handle: HandleID
  let lock: AdvisoryLock
  do {
    handle = try openFile(info)
    lock = try make()
  } catch {
    return serve(request, operation, inode) { _, _ throws(FSError) in throw error }
  }
  // What the kernel passed lives only during the callback: it has been copied by now.
  let body: @Sendable (Glue, OperationContext) throws(FSError) -> Reply = {
    glue, context throws(FSError) in
    try glue.fileSystem.setLock(handle, lock, wait: wait && lock.kind != .unlock, context)
    return .success
  }
  if wait && lock.kind != .unlock {
    serveDetached(request, operation, inode, body)
  } else {
    serve(request, operation, inode, body)
  }
}

private func advisoryLock(
  _ info: UnsafeMutablePointer<fuse_file_info>?, _ lock: UnsafeMutablePointer<flock>?
) throws(FSError) -> AdvisoryLock {
  guard let info, let lock = lock?.pointee else {
    throw FSError(.invalidArgument, "the kernel named no lock")
  }
  let kind: AdvisoryLock.Kind
  switch Int32(lock.l_type) {
  case Int32(F_RDLCK): kind = .read
  case Int32(F_WRLCK): kind = .write
  case Int32(F_UNLCK): kind = .unlock
  default: throw FSError(.invalidArgument, "lock type \(lock.l_type)")
  }
  guard lock.l_start >= 0, lock.l_len >= 0 else {
    throw FSError(.invalidArgument, "lock range \(lock.l_start)+\(lock.l_len)")
  }
  let start = UInt64(lock.l_start)
  // Length 0 means up to the end, however far the file grows.
  let end = lock.l_len == 0 ? UInt64(Int64.max) : start + UInt64(lock.l_len) - 1
  return AdvisoryLock(
    start: start, end: min(end, UInt64(Int64.max)), kind: kind, owner: info.pointee.lock_owner,
    pid: UInt32(bitPattern: lock.l_pid), isFlock: false)
}
