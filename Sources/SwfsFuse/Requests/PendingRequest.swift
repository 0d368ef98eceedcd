import CFuse
import SwfsCore
import SwfsObserve
import Synchronization

/// A request that is being served: its context, and the way an interrupt finds it.
///
/// libfuse calls the interrupt hook with the request's lock held, but takes a finished request out of
/// its list under another lock; so the hook must be taken off, which waits for a running call, before
/// the answer is sent. After `disarm` nothing points here any more.
final class PendingRequest: Sendable {
  let context: OperationContext
  let operation: Operation
  let startedAt: UInt64
  let waitsForLock: Bool
  private let interrupts: InterruptWatcher
  private let finished = Atomic<Bool>(false)

  init(_ request: fuse_req_t, _ operation: Operation, _ glue: Glue, waitsForLock: Bool = false) {
    self.operation = operation
    self.waitsForLock = waitsForLock
    interrupts = glue.interrupts
    startedAt = Deadline.now
    var caller = OperationContext.Caller.daemon
    if let kernel = fuse_req_ctx(request)?.pointee {
      caller = OperationContext.Caller(
        uid: kernel.uid, gid: kernel.gid, pid: kernel.pid,
        umask: UInt32(kernel.umask) | glue.options.umask)
    }
    let deadline =
      waitsForLock
      ? Deadline.never : Deadline(secondsFromNow: glue.options.deadlineSeconds)
    context = OperationContext(deadline: deadline, caller: caller)
  }

  var isFinished: Bool { finished.load(ordering: .acquiring) }

  /// From now on an interrupt is heard; one that came before is delivered at once.
  func arm(_ request: fuse_req_t) {
    fuse_req_interrupt_func(
      request,
      { _, data in
        guard let data else { return }
        Unmanaged<PendingRequest>.fromOpaque(data).takeUnretainedValue().interruptArrived()
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  func disarm(_ request: fuse_req_t) {
    fuse_req_interrupt_func(request, nil, nil)
    finished.store(true, ordering: .releasing)
  }

  private func interruptArrived() { interrupts.watch(self) }
}
