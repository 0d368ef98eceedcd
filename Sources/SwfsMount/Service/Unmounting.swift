import SwfsCore
import SwfsFS
import SwfsFuse
import SwfsObserve

/// The end of a mount: data first, then the mount, then the process.
struct Unmounting {
  private let settings: MountSettings
  private let manager: ServiceManager
  private let events: MountEvents
  private let session: FuseSession
  private let parts: MountParts

  init(
    _ settings: MountSettings, _ manager: ServiceManager, _ events: MountEvents,
    _ session: FuseSession, _ parts: MountParts
  ) {
    self.settings = settings
    self.manager = manager
    self.events = events
    self.session = session
    self.parts = parts
  }

  /// Somebody asked us to end. Data is stored before the name goes, so that a failure can still be
  /// seen there; a second signal gives up on what is left.
  func onRequest() -> ExitCode {
    manager.stopping("storing data")
    manager.extend(seconds: settings.seconds("deadline") + 30)
    _ = flush()
    if !session.unmount() {
      Log.notice("still in use, files are cut off handles=\(session.openHandles)")
    }
    let failures = flush()
    _ = session.waitUntilEnded(seconds: 2)
    return finish(failures)
  }

  /// The mount is gone already. Files may still be open (umount -l, other name spaces): they are
  /// served until they are closed, or for the deadline's length.
  func afterUnmount() -> ExitCode {
    manager.stopping("unmounted")
    let end = Deadline(secondsFromNow: settings.seconds("deadline"))
    var unusedSince = Deadline.now
    while !session.hasEnded && !end.hasPassed {
      if case .signal = events.next(seconds: 0.05) { break }
      if session.openHandles > 0 { unusedSince = Deadline.now }
      if Double(Deadline.now - unusedSince) > MountService.orphanSeconds * 1e9 { break }
    }
    return finish(flush())
  }

  private func flush() -> [FlushFailure] {
    let context = OperationContext.background(seconds: settings.seconds("deadline"))
    let result = Monitor<[FlushFailure]?>(nil)
    let fileSystem = parts.fileSystem
    startThread("swfs-flush-all") {
      let failures = fileSystem.flushAll(context)
      result.update { $0 = failures }
    }
    while true {
      if let failures = result.wait(until: Deadline(secondsFromNow: 0.1), for: { $0 }) {
        return failures
      }
      if case .signal = events.next(seconds: 0) {
        Log.warning("second signal: giving up on data that is not stored")
        context.interrupt()
      }
    }
  }

  private func finish(_ failures: [FlushFailure]) -> ExitCode {
    for failure in failures {
      Log.error("not stored path=\(failure.path) bytes=\(failure.bytes) cause=\(failure.error)")
    }
    parts.stop()
    session.close()
    Log.notice(failures.isEmpty ? "ended" : "ended files_not_stored=\(failures.count)")
    return failures.isEmpty ? .success : .dataLeft
  }
}
