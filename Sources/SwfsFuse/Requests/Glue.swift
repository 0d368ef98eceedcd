import CFuse
import Glibc
import SwfsCore
import SwfsFS
import SwfsObserve
import Synchronization

/// What every request needs; reached through libfuse's user data, so it outlives the session.
final class Glue: Sendable {
  let fileSystem: any FileSystem
  let options: FuseOptions
  let buffers = BufferPool()
  let interrupts: InterruptWatcher
  /// Files and directories the kernel holds open through this mount.
  let openHandles = Atomic<Int>(0)
  /// Told apart from earlier mounts: inode numbers begin anew with each one, and an NFS client's
  /// handle from an earlier mount must become stale instead of meaning another file.
  let generation: UInt64

  init(fileSystem: any FileSystem, options: FuseOptions) {
    self.fileSystem = fileSystem
    self.options = options
    interrupts = InterruptWatcher()
    generation = UInt64(bitPattern: Timestamp.now.seconds) & 0xffff_ffff
  }

  /// The errno for the kernel. What applications will see as EIO is logged here, once, with its cause.
  func failure(_ error: FSError, _ operation: Operation, _ inode: UInt64) -> Reply {
    let errno = error.code.errno
    if errno == EIO {
      Metrics.operationErrors.add()
      Log.error("\(operation) failed inode=\(inode) errno=EIO cause=\(error)")
    } else {
      Log.debug("\(operation) inode=\(inode) answer=\(error)")
    }
    return .failure(errno: errno)
  }
}

/// Runs one request on the thread that received it: context, body, one reply, one measurement.
///
/// - Parameter flags: `open(2)` flags that go back with an opened file.
func serve(
  _ request: fuse_req_t?, _ operation: Operation, _ inode: UInt64, flags: Int32 = 0,
  _ body: (Glue, OperationContext) throws(FSError) -> Reply
) {
  guard let request, let glue = glue(of: request) else { return }
  let pending = PendingRequest(request, operation, glue)
  finish(pending, request, glue, inode, flags, body)
}

/// The same on a thread of its own, for calls that may wait as long as they like (locks): they must
/// not hold the threads that serve everybody else.
func serveDetached(
  _ request: fuse_req_t?, _ operation: Operation, _ inode: UInt64,
  _ body: @escaping @Sendable (Glue, OperationContext) throws(FSError) -> Reply
) {
  guard let request, let glue = glue(of: request) else { return }
  let pending = PendingRequest(request, operation, glue, waitsForLock: true)
  // Safe: libfuse keeps the request until it is answered, from whichever thread.
  nonisolated(unsafe) let handedOver = request
  startThread("swfs-lock-wait") { finish(pending, handedOver, glue, inode, 0, body) }
}

private func finish(
  _ pending: PendingRequest, _ request: fuse_req_t, _ glue: Glue, _ inode: UInt64, _ flags: Int32,
  _ body: (Glue, OperationContext) throws(FSError) -> Reply
) {
  pending.arm(request)
  let reply: Reply
  do {
    reply = try body(glue, pending.context)
  } catch {
    reply = glue.failure(error, pending.operation, inode)
  }
  // From here on no interrupt reaches the request, so it may be answered and forgotten.
  pending.disarm(request)
  OperationMetrics.record(pending.operation, startedAt: pending.startedAt)
  glue.send(reply, to: request, flags: flags)
}

private func glue(of request: fuse_req_t) -> Glue? {
  guard let data = fuse_req_userdata(request) else { return nil }
  return Unmanaged<Glue>.fromOpaque(data).takeUnretainedValue()
}

extension Glue {
  /// Requests without an answer (forget) and those that take back what cannot fail.
  static func of(_ request: fuse_req_t?) -> Glue? {
    guard let request else { return nil }
    return glue(of: request)
  }
}
