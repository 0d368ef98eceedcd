import Glibc
internal import SwfsCore

/// Waits for a socket in slices, so that a deadline and an interrupt end the wait.
enum SocketWait {
  /// - Throws: `interrupted`, `timedOut`.
  static func until(
    _ descriptor: Int32, readable: Bool, writable: Bool, _ context: OperationContext,
    _ what: @autoclosure () -> String
  ) throws(FSError) {
    let events = Int16((readable ? POLLIN : 0) | (writable ? POLLOUT : 0))
    while true {
      try context.check(what())
      let seconds = min(OperationContext.waitSliceSeconds, context.deadline.secondsLeft)
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      // Errors show up as readiness and then as a failed read, where they have a text.
      if poll(&entry, 1, Int32((seconds * 1000).rounded(.up))) != 0 { return }
    }
  }

  /// Whether something has arrived on an idle connection: usually its end.
  static func isReadableNow(_ descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) != 0
  }
}
