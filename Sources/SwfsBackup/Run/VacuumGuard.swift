import SwfsCore
import SwfsObserve

/// Vacuum kept off while needles are read, and on again afterwards whatever happens.
///
/// The repository remembers that it is off, so that the next run ends what a killed one has left.
final class VacuumGuard: Sendable {
  private let vacuum: any VacuumSwitch
  private let store: any RepositoryStore
  private let state = Monitor(State())

  private struct State {
    var isEnding = false
    var isWatching = false
  }

  /// A leader that takes over vacuums after a quarter of an hour at the earliest.
  static let repeatSeconds = 15.0
  private static let callSeconds = 60.0

  private init(_ vacuum: any VacuumSwitch, _ store: any RepositoryStore) {
    self.vacuum = vacuum
    self.store = store
  }

  /// Switches vacuum on if a run that is gone has left it off.
  ///
  /// - Returns: whether it had to.
  static func repair(
    _ vacuum: any VacuumSwitch, _ store: any RepositoryStore
  ) throws(FSError) -> Bool {
    do { _ = try store.read(ObjectName.vacuum) } catch {
      if error.code == .notFound { return false }
      throw error
    }
    try vacuum.enable(.background(seconds: callSeconds))
    try store.remove(ObjectName.vacuum)
    Log.notice("vacuum was still off after a backup that did not end; it is on again")
    return true
  }

  /// Switches vacuum off and keeps it off until `end`.
  static func begin(
    _ vacuum: any VacuumSwitch, _ store: any RepositoryStore, _ context: OperationContext
  ) throws(FSError) -> VacuumGuard {
    let text = "off since \(Timestamp.now.seconds) by \(HostName.current)\n"
    try store.write(ObjectName.vacuum, [UInt8](text.utf8))
    let held = VacuumGuard(vacuum, store)
    do throws(FSError) { try vacuum.disable(context.attempt(seconds: callSeconds)) } catch {
      // Perhaps it was done and only the answer was lost.
      try held.end()
      throw FSError(error.code, "vacuum cannot be switched off", causedBy: error)
    }
    held.watch()
    return held
  }

  /// Repeats the order: a new leader has not heard it.
  private func watch() {
    state.withLock { $0.isWatching = true }
    startThread("backup-vacuum") { [self] in
      while state.wait(
        until: Deadline(secondsFromNow: Self.repeatSeconds), for: { $0.isEnding ? () : nil }) == nil
      {
        do throws(FSError) { try vacuum.disable(.background(seconds: Self.repeatSeconds)) } catch {
          Log.warning("vacuum may be on again, no master can be told: \(error)")
        }
      }
      state.update { $0.isWatching = false }
    }
  }

  /// Switches vacuum on.
  ///
  /// - Throws: when no master can be told; the next run will try again.
  func end() throws(FSError) {
    state.update { $0.isEnding = true }
    // An order under way would undo ours.
    let patience = Deadline(secondsFromNow: Self.callSeconds)
    _ = state.wait(until: patience, for: { $0.isWatching ? nil : () })
    do throws(FSError) {
      try vacuum.enable(.background(seconds: Self.callSeconds))
      try store.remove(ObjectName.vacuum)
    } catch {
      throw FSError(
        error.code,
        "vacuum is still off: run 'volume.vacuum.enable' in weed shell, or the next backup",
        causedBy: error)
    }
  }
}
