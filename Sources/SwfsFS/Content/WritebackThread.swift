import SwfsCore
import SwfsObserve
import Synchronization

/// Stores in the background what nobody flushes: new files within a second, idle bytes within seconds,
/// references to uploaded chunks often enough that `volume.fsck` never takes them for garbage.
final class WritebackThread: Sendable {
  private struct State {
    var isRunning = false
    /// Files that a background commit is working on: an outage must not pile up threads.
    var busy: Set<InodeID> = []
    var touchesBusy = false
  }

  private let core: Core
  private let state = Monitor(State())
  private static let tickSeconds = 0.25

  init(core: Core) {
    self.core = core
  }

  func start() {
    state.update { $0.isRunning = true }
    startThread("swfs-writeback") { self.run() }
  }

  func stop() { state.update { $0.isRunning = false } }

  private func run() {
    while true {
      let isOver = state.wait(until: Deadline(secondsFromNow: Self.tickSeconds)) { state in
        state.isRunning ? nil : true
      }
      if isOver == true { return }
      tick()
    }
  }

  private func tick() {
    let now = Deadline.now
    var bytes = 0
    for content in core.dirty.all {
      let due = content.due(now: now)
      bytes += due.unstoredBytes
      if due.upload { content.startUploads() }
      if due.commit { commit(content) }
    }
    Metrics.dirtyBytes.set(bytes)
    Metrics.memoryUsed.set(core.budget.used)
    storeTouches()
  }

  private func commit(_ content: FileContent) {
    let id = content.inode.id
    guard state.withLock({ $0.busy.insert(id).inserted }) else { return }
    core.uploads.add { [core] in
      do throws(FSError) {
        try content.commit(core.background())
        content.forgetIfClean()
      } catch {
        Log.warning("entry of \(content.name) not stored yet: \(error)")
        content.postpone()
      }
      self.state.withLock { _ = $0.busy.remove(id) }
    }
  }

  private func storeTouches() {
    guard
      state.withLock({ state in
        if state.touchesBusy { return false }
        state.touchesBusy = true
        return true
      })
    else { return }
    core.uploads.add { [core] in
      core.storeTouches(core.background())
      self.state.withLock { $0.touchesBusy = false }
    }
  }
}

extension FileContent {
  struct Due {
    var upload = false
    var commit = false
    var unstoredBytes = 0
  }

  /// After a failure: leaves the file alone for some seconds, rather than failing and logging without end.
  func postpone() {
    state.withLock { $0.retryAt = Deadline(secondsFromNow: Self.postponeSeconds).nanoseconds }
  }

  private static let postponeSeconds = 5.0

  /// What the write-back thread should do about this file now.
  func due(now: UInt64) -> Due {
    let options = core.options
    func isOlder(_ moment: UInt64?, _ seconds: Double) -> Bool {
      guard let moment, now > moment else { return false }
      return Double(now - moment) / 1e9 >= seconds
    }
    return state.withLock { state in
      var due = Due()
      due.unstoredBytes = state.unstoredByteCount
      guard now >= state.retryAt else { return due }
      if !state.active.isEmpty || state.sealed.contains(where: { $0.state == .failed }) {
        due.upload =
          isOlder(state.lastWrite, options.idleUploadSeconds)
          || isOlder(state.dirtySince, options.commitIntervalSeconds)
      }
      if !state.isCommitting, !state.isUnlinked {
        if !state.isStored {
          due.commit = isOlder(state.madeAt, options.createDelaySeconds)
        } else if !state.pending.isEmpty {
          // Idle files are told at once when their bytes are there, busy ones now and then.
          due.commit =
            !state.hasUnstoredBytes && isOlder(state.lastWrite, options.idleUploadSeconds)
            || isOlder(state.pendingSince, options.commitIntervalSeconds)
        } else if state.hasUncommitted && !state.hasUnstoredBytes {
          due.commit = isOlder(state.lastWrite, options.idleUploadSeconds)
        }
      }
      return due
    }
  }
}
