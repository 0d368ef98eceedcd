import Synchronization

/// Who asks, how long they will wait, and whether they have given up. Passed down every call.
///
/// Thread-safe: the kernel glue interrupts it from another thread while a worker waits in it.
public final class OperationContext: Sendable {
  public let deadline: Deadline
  public let caller: Caller
  private let interrupted = Atomic<Bool>(false)
  private let parent: OperationContext?

  public init(deadline: Deadline, caller: Caller = .daemon) {
    self.deadline = deadline
    self.caller = caller
    parent = nil
  }

  private init(parent: OperationContext, deadline: Deadline) {
    self.deadline = min(parent.deadline, deadline)
    caller = parent.caller
    self.parent = parent
  }

  /// The same call with less time, for one attempt among several. Interrupting the parent interrupts it.
  public func attempt(seconds: Double) -> OperationContext {
    OperationContext(parent: self, deadline: Deadline(secondsFromNow: seconds))
  }

  /// A context for work of our own, such as flushing in the background.
  public static func background(seconds: Double) -> OperationContext {
    OperationContext(deadline: Deadline(secondsFromNow: seconds))
  }

  public var isInterrupted: Bool {
    interrupted.load(ordering: .relaxed) || (parent?.isInterrupted ?? false)
  }

  /// Makes every wait in this context end with `interrupted` within `waitSliceSeconds`.
  public func interrupt() { interrupted.store(true, ordering: .relaxed) }

  /// Waits look at the interrupt flag at least this often.
  public static let waitSliceSeconds = 0.02

  /// - Throws: `interrupted` or `timedOut` when the caller should not wait any longer.
  public func check(_ what: @autoclosure () -> String) throws(FSError) {
    if isInterrupted { throw FSError(.interrupted, "interrupted while waiting for \(what())") }
    if deadline.hasPassed { throw FSError(.timedOut, "deadline passed waiting for \(what())") }
  }

  /// Sleeps, ending early with an error when interrupted or past the deadline.
  public func sleep(seconds: Double, _ what: @autoclosure () -> String) throws(FSError) {
    let end = Deadline(secondsFromNow: seconds)
    while !end.hasPassed {
      try check(what())
      pause(seconds: min(Self.waitSliceSeconds, end.secondsLeft, deadline.secondsLeft))
    }
  }

  /// The process on whose behalf a call is made, as the kernel names it.
  public struct Caller: Sendable, Equatable {
    public var uid: UInt32
    public var gid: UInt32
    public var pid: Int32
    public var umask: UInt32

    public init(uid: UInt32, gid: UInt32, pid: Int32, umask: UInt32) {
      self.uid = uid
      self.gid = gid
      self.pid = pid
      self.umask = umask
    }

    /// The mount itself, acting as root.
    public static let daemon = Caller(uid: 0, gid: 0, pid: 0, umask: 0o022)
  }
}
