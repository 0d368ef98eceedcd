import Glibc
import SwfsCore
import SwfsFuse
import SwfsObserve

/// What a running mount waits for.
enum MountEvent: Sendable, Equatable {
  case signal(Int32)
  /// The mount is gone from our name space.
  case unmounted
}

/// Collects events from a signal thread and a watch on the mount table.
final class MountEvents: Sendable {
  static let signals = [SIGTERM, SIGINT, SIGHUP]
  private let waiting = Monitor<[MountEvent]>([])

  /// Keeps the signals for `watchSignals`. Must come before any thread starts: threads inherit it.
  static func holdSignals() {
    var set = signalSet()
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  private static func signalSet() -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    return set
  }

  func watchSignals() {
    startThread("swfs-signals") { [self] in
      var set = Self.signalSet()
      while true {
        var signal: Int32 = 0
        if sigwait(&set, &signal) == 0 { waiting.update { $0.append(.signal(signal)) } }
      }
    }
  }

  /// Watches until no mount of that device is left. Copies in other name spaces do not count: they
  /// must not keep the process alive.
  func watchMount(device: String) {
    startThread("swfs-mount-watch") { [self] in
      let file = open(MountTable.path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return Log.warning("cannot watch \(MountTable.path)") }
      defer { close(file) }
      while true {
        if let table = MountTable.read(), !table.contains(where: { $0.device == device }) { break }
        var poll = pollfd(fd: file, events: Int16(POLLPRI), revents: 0)
        // The time-out is for a change between reading and polling.
        Glibc.poll(&poll, 1, 5000)
      }
      waiting.update { $0.append(.unmounted) }
    }
  }

  /// The next event, or nil after that time.
  func next(seconds: Double) -> MountEvent? {
    waiting.wait(until: Deadline(secondsFromNow: seconds)) { $0.isEmpty ? nil : $0.removeFirst() }
  }
}
