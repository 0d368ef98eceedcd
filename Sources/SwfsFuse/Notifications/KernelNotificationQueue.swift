import CFuse
public import SwfsCore
public import SwfsFS
import SwfsObserve
import Synchronization

/// Tells the kernel what changed elsewhere, from threads of its own.
///
/// The kernel may take locks for a notification that a running request holds (a directory's, a
/// page's), so it must never be sent by a thread that a request waits for. Several lanes, so that one
/// directory with a stalled request does not hold up the news of all others; what belongs to one
/// inode or directory stays in order. Equal news waiting in a lane are sent once. Thread-safe.
public final class KernelNotificationQueue: KernelNotifier {
  static let laneCount = 4
  /// Waiting news per lane. More than that can only pile up behind a stalled request; what is
  /// dropped then is logged, and is right again when its time-out at the kernel ends.
  static let waitingMax = 1 << 16

  enum News: Hashable, Sendable {
    case attributes(InodeID)
    case data(InodeID)
    case name(InodeID, EntryName)
    case removed(InodeID, EntryName, child: InodeID)
  }

  private let lanes: [NotificationLane]
  /// The session while it may be used, for news that cannot wait.
  private let direct = Mutex<SessionPointer?>(nil)

  /// Safe to pass around: the session outlives every use, see `detach`.
  private struct SessionPointer: @unchecked Sendable { let pointer: OpaquePointer }

  public init() {
    lanes = (0..<Self.laneCount).map { _ in NotificationLane() }
  }

  public func invalidate(_ inode: InodeID, dropData: Bool) {
    lane(inode).add(dropData ? .data(inode) : .attributes(inode))
  }

  public func invalidate(_ parent: InodeID, name: EntryName) {
    lane(parent).add(.name(parent, name))
  }

  public func removed(_ parent: InodeID, name: EntryName, child: InodeID) {
    lane(parent).add(.removed(parent, name, child: child))
  }

  public func invalidateAttributesNow(_ inode: InodeID) {
    direct.withLock { session in
      guard let session else { return }
      // ENOENT: the kernel does not know the inode, so it has nothing to forget.
      _ = fuse_lowlevel_notify_inval_inode(session.pointer, inode.number, -1, 0)
    }
  }

  private func lane(_ inode: InodeID) -> NotificationLane {
    lanes[Int(inode.number % UInt64(Self.laneCount))]
  }

  /// Starts to send. News that came before were about things this kernel mount cannot know.
  func attach(_ session: OpaquePointer) {
    for lane in lanes { lane.start(session) }
    nonisolated(unsafe) let session = session
    direct.withLock { $0 = SessionPointer(pointer: session) }
  }

  /// Ends sending, before the session goes.
  ///
  /// - Returns: false when a lane is still inside the kernel after `seconds`: the session must not be
  ///   destroyed then.
  func detach(seconds: Double) -> Bool {
    direct.withLock { $0 = nil }
    for lane in lanes { lane.stop() }
    let deadline = Deadline(secondsFromNow: seconds)
    return lanes.allSatisfy { $0.waitUntilStopped(deadline) }
  }
}
