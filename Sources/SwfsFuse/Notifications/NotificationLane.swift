import CFuse
import Glibc
import SwfsCore
import SwfsFS
import SwfsObserve

/// One thread that sends news to the kernel in order.
final class NotificationLane: Sendable {
  private struct State: Sendable {
    var queue: [KernelNotificationQueue.News] = []
    var waiting: Set<KernelNotificationQueue.News> = []
    var dropped = 0
    var phase = Phase.idle
  }

  private enum Phase { case idle, running, stopping, stopped }

  private let state = Monitor(State())

  func add(_ news: KernelNotificationQueue.News) {
    state.update { state in
      guard state.phase == .running, state.waiting.insert(news).inserted else { return }
      if state.queue.count < KernelNotificationQueue.waitingMax {
        state.queue.append(news)
      } else {
        state.waiting.remove(news)
        state.dropped += 1
      }
    }
  }

  func start(_ session: OpaquePointer) {
    // Safe: the session outlives the thread, see `KernelNotificationQueue.detach`.
    nonisolated(unsafe) let session = session
    state.update { $0.phase = .running }
    startThread("swfs-notify") { self.run(session) }
  }

  func stop() {
    state.update { $0.phase = $0.phase == .running ? .stopping : .stopped }
  }

  func waitUntilStopped(_ deadline: Deadline) -> Bool {
    state.wait(until: deadline) { $0.phase == .stopped ? true : nil } ?? false
  }

  private func run(_ session: OpaquePointer) {
    while let (batch, dropped) = next() {
      if dropped > 0 {
        Log.warning("kernel notifications dropped count=\(dropped) reason=queue full")
      }
      for news in batch {
        if state.withLock({ $0.phase != .running }) { break }
        Self.send(news, session)
      }
    }
    state.update { $0.phase = .stopped }
  }

  private func next() -> ([KernelNotificationQueue.News], dropped: Int)? {
    state.wait(until: .never) { state -> ([KernelNotificationQueue.News], Int)?? in
      guard state.phase == .running else { return .some(nil) }
      guard !state.queue.isEmpty else { return nil }
      // What is taken now is not "waiting" any more: the same news may come again after it was sent.
      defer {
        state.queue = []
        state.waiting = []
        state.dropped = 0
      }
      return (state.queue, state.dropped)
    } ?? nil
  }

  /// The kernel answers ENOENT for what it does not know (any more): nothing to do then.
  private static func send(_ news: KernelNotificationQueue.News, _ session: OpaquePointer) {
    let result: Int32
    switch news {
    case .attributes(let inode):
      // A negative offset leaves the pages alone.
      result = fuse_lowlevel_notify_inval_inode(session, inode.number, -1, 0)
    case .data(let inode):
      result = fuse_lowlevel_notify_inval_inode(session, inode.number, 0, 0)
    case .name(let parent, let name):
      result = name.string.withCString {
        fuse_lowlevel_notify_inval_entry(session, parent.number, $0, strlen($0))
      }
    case .removed(let parent, let name, let child):
      let deleted = name.string.withCString {
        fuse_lowlevel_notify_delete(session, parent.number, child.number, $0, strlen($0))
      }
      // Another file by that name, or a directory the kernel still knows children of: forget the
      // name all the same.
      result =
        deleted == 0
        ? 0
        : name.string.withCString {
          fuse_lowlevel_notify_inval_entry(session, parent.number, $0, strlen($0))
        }
    }
    if result != 0 && result != -ENOENT {
      Log.debug("kernel notification \(news) errno=\(-result)")
    }
  }
}
