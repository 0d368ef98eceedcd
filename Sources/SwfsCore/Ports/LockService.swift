/// Advisory byte-range and whole-file locks that every mount sees, kept by the filers.
///
/// Thread-safe; calls block for one round trip, never for the lock itself.
public protocol LockService: Sendable {
  /// Tries to take (or, for `.unlock`, gives back) a range.
  func tryLock(
    _ key: String, _ lock: AdvisoryLock, _ context: OperationContext
  ) throws(FSError) -> LockAnswer

  /// What would stand in the way of this lock; nil when nothing would.
  func conflict(
    _ key: String, _ lock: AdvisoryLock, _ context: OperationContext
  ) throws(FSError) -> AdvisoryLock?

  /// Gives back everything an owner holds on a file (its last close).
  func releaseOwner(
    _ key: String, owner: UInt64, isFlock: Bool, _ context: OperationContext) throws(FSError)
}

public enum LockAnswer: Sendable, Equatable {
  case granted
  case conflict(AdvisoryLock?)
  /// The keeper of this lock has just taken over and defers grants for some seconds: ask again.
  case deferred
}

public struct AdvisoryLock: Sendable, Equatable {
  /// Inclusive byte range.
  public var start: UInt64
  public var end: UInt64
  public var kind: Kind
  /// The kernel's lock owner.
  public var owner: UInt64
  public var pid: UInt32
  /// flock(2) and fcntl(2) locks do not see each other.
  public var isFlock: Bool

  public enum Kind: Int32, Sendable {
    case read = 1
    case write = 2
    case unlock = 3
  }

  public init(
    start: UInt64, end: UInt64, kind: Kind, owner: UInt64, pid: UInt32, isFlock: Bool
  ) {
    self.start = start
    self.end = end
    self.kind = kind
    self.owner = owner
    self.pid = pid
    self.isFlock = isFlock
  }
}
