import Glibc

/// Pending signals of a thread, from `/proc/TID/status`, and what they mean for a call that waits.
///
/// The kernel tells us *that* a signal came, not which. Local disks never answer EINTR, and many
/// programs break when a file system does: Go's scheduler sends SIGURG all the time, git's progress
/// bar SIGALRM every second. So only a signal that means "stop this" ends a call.
struct CallerSignals: Equatable {
  /// Bit n-1 is signal n.
  var pending: UInt64
  var caught: UInt64
  var ignored: UInt64

  enum Verdict { case endCall, endCallIfItLasts, goOn }

  var verdict: Verdict {
    // A signal that kills a process shows as SIGKILL in each of its threads.
    if pending & Self.bit(SIGKILL) != 0 { return .endCall }
    let deliverable = pending & ~ignored
    if deliverable & ~caught & ~Self.harmlessByDefault != 0 { return .endCall }
    let handled = deliverable & caught
    if handled & Self.requestsToStop != 0 { return .endCall }
    return handled & ~Self.bookkeeping != 0 ? .endCallIfItLasts : .goOn
  }

  private static func bit(_ signal: Int32) -> UInt64 { 1 << UInt64(signal - 1) }
  private static func bits(_ signals: [Int32]) -> UInt64 { signals.reduce(0) { $0 | bit($1) } }

  private static let requestsToStop = bits([SIGINT, SIGTERM, SIGQUIT, SIGHUP])
  private static let harmlessByDefault = bits([
    SIGCHLD, SIGURG, SIGWINCH, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
  ])
  /// 32 and 33 are the C library's own (cancellation and set-id across threads).
  private static let bookkeeping = bits([
    SIGCHLD, SIGURG, SIGWINCH, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGPROF, SIGVTALRM, SIGIO, 32,
    33,
  ])
}

extension CallerSignals {
  /// - Parameter status: the text of `/proc/TID/status`.
  init?(status: String) {
    var fields: [Substring: UInt64] = [:]
    for line in status.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].hasPrefix("Sig") || parts[0] == "ShdPnd" else { continue }
      let digits = parts[1].drop { $0 == "\t" || $0 == " " }
      if let mask = UInt64(digits, radix: 16) { fields[parts[0]] = mask }
    }
    guard let own = fields["SigPnd"], let shared = fields["ShdPnd"], let blocked = fields["SigBlk"],
      let ignored = fields["SigIgn"], let caught = fields["SigCgt"]
    else { return nil }
    // SIGKILL cannot be blocked.
    pending = (own | shared) & ~(blocked & ~Self.bit(SIGKILL))
    self.ignored = ignored
    self.caught = caught
  }

  /// Reads a thread's signals; nil when the thread is gone (or belongs to a namespace we cannot see).
  static func read(thread: Int32) -> CallerSignals? {
    guard thread > 0 else { return nil }
    let file = open("/proc/\(thread)/status", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: 8192) { buffer, count in
      count = max(0, Glibc.read(file, buffer.baseAddress, buffer.count))
    }
    return CallerSignals(status: String(decoding: bytes, as: UTF8.self))
  }
}
