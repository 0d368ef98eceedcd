public import SwfsCore
import SwfsObserve
import SwfsProto
import Synchronization

/// Advisory locks kept by the filers (`PosixLock`): every mount of the cluster sees them.
///
/// A lock lives in the memory of the filer that owns its key. The session of a mount that says nothing
/// for 15 s ends and its locks with it; a keep-alive every 5 s prevents that and re-creates the locks
/// when another filer takes over the key. Thread-safe.
public final class FilerLocks: LockService {
  private let calls: FilerCalls
  private let held = Monitor(HeldLocks())
  private let isStopped = Monitor(false)
  private let isStarted = Atomic<Bool>(false)

  static let keepAliveSeconds = 5.0

  public init(_ calls: FilerCalls) {
    self.calls = calls
  }

  deinit { stop() }

  /// Ends the keep-alives. What is still held is given up by the filers after 15 s.
  public func stop() { isStopped.update { $0 = true } }

  public func tryLock(
    _ key: String, _ lock: AdvisoryLock, _ context: OperationContext
  ) throws(FSError) -> LockAnswer {
    startKeepingAlive()
    if lock.kind == .unlock {
      // Forgotten first: a keep-alive in between must not bring it back.
      held.update { $0.remove(lock, key) }
      _ = try ask(key, .unlock, [lock], context)
      return .granted
    }
    held.update { $0.asked(lock, key) }
    let reply = try ask(key, .tryLock, [lock], context)
    if reply.granted {
      held.update { $0.granted(lock, key) }
      return .granted
    }
    // "Not granted" without a conflict is a keeper that has just taken over.
    guard reply.hasConflict_p else { return .deferred }
    return .conflict(reply.hasConflict ? AdvisoryLock(reply.conflict) : nil)
  }

  public func conflict(
    _ key: String, _ lock: AdvisoryLock, _ context: OperationContext
  ) throws(FSError) -> AdvisoryLock? {
    let reply = try ask(key, .getLk, [lock], context)
    guard reply.hasConflict_p, reply.hasConflict else { return nil }
    return AdvisoryLock(reply.conflict)
  }

  public func releaseOwner(
    _ key: String, owner: UInt64, isFlock: Bool, _ context: OperationContext
  ) throws(FSError) {
    // Every close comes here. Asking for nothing would cost a call each, and wait for the keeper of
    // the key when that filer is away.
    guard held.update({ $0.released(owner: owner, isFlock: isFlock, key) }) else { return }
    let everything = AdvisoryLock(
      start: 0, end: .max, kind: .unlock, owner: owner, pid: 0, isFlock: isFlock)
    _ = try ask(
      key, isFlock ? .releaseFlockOwner : .releasePosixOwner, [everything], context)
  }

  private func ask(
    _ key: String, _ operation: FilerPb_PosixLockOp, _ locks: [AdvisoryLock],
    _ context: OperationContext
  ) throws(FSError) -> FilerPb_PosixLockResponse {
    var request = FilerPb_PosixLockRequest()
    request.key = key
    request.op = operation
    let ranges = locks.map { $0.message(session: calls.identity.session) }
    if operation == .keepAlive {
      request.locks = ranges
      request.lock.sid = calls.identity.session
    } else if let range = ranges.first {
      request.lock = range
    }
    return try calls.unary(.posixLock, request, context) {
      (reply: FilerPb_PosixLockResponse) -> FilerCalls.Verdict<FilerPb_PosixLockResponse> in
      .answer(reply)
    }
  }

  private func startKeepingAlive() {
    guard !isStarted.exchange(true, ordering: .acquiringAndReleasing) else { return }
    let stopped = isStopped
    startThread("swfs-locks") { [weak self] in
      while true {
        let next = Deadline(secondsFromNow: Self.keepAliveSeconds)
        if stopped.wait(until: next, for: { $0 ? true : nil }) != nil { return }
        guard let self else { return }
        self.keepAlive()
      }
    }
  }

  private func keepAlive() {
    for (key, locks) in held.withLock({ $0.byKey }) {
      do {
        _ = try ask(key, .keepAlive, locks, .background(seconds: Self.keepAliveSeconds))
      } catch {
        Log.warning("keeping \(locks.count) lock(s) on \(key) alive failed: \(error)")
      }
    }
  }
}

extension AdvisoryLock {
  func message(session: UInt64) -> FilerPb_PosixLockRange {
    var range = FilerPb_PosixLockRange()
    range.start = start
    range.end = end
    range.type = UInt32(kind.rawValue)
    range.sid = session
    range.owner = owner
    range.pid = pid
    range.isFlock = isFlock
    return range
  }

  init(_ range: FilerPb_PosixLockRange) {
    self.init(
      start: range.start, end: range.end,
      kind: Kind(rawValue: Int32(truncatingIfNeeded: range.type)) ?? .write, owner: range.owner,
      pid: range.pid, isFlock: range.isFlock)
  }
}
