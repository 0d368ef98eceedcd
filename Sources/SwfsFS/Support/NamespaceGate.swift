import SwfsCore
import Synchronization

/// Lets path-based changes run side by side, and moves of whole directories alone.
///
/// A commit computes a path and then sends it. If the directory moved in between, a create would make
/// the old directory again (filers make missing parents). So whoever sends a path it computed holds the
/// gate shared, and renaming or removing a directory holds it alone.
final class NamespaceGate: Sendable {
  private struct State {
    var shared = 0
    var isExclusive = false
    var exclusiveWaiting = 0
  }

  private let state = Monitor(State())

  func shared<R>(
    _ context: OperationContext, _ body: () throws(FSError) -> R
  ) throws(FSError) -> R {
    try state.wait(context, for: "a directory being renamed") {
      (state: inout State) throws(FSError) -> Void? in
      guard !state.isExclusive, state.exclusiveWaiting == 0 else { return nil }
      state.shared += 1
      return ()
    }
    defer { state.update { $0.shared -= 1 } }
    return try body()
  }

  func exclusive<R>(
    _ context: OperationContext, _ body: () throws(FSError) -> R
  ) throws(FSError) -> R {
    state.withLock { $0.exclusiveWaiting += 1 }
    defer { state.update { $0.exclusiveWaiting -= 1 } }
    try state.wait(context, for: "changes below a directory") {
      (state: inout State) throws(FSError) -> Void? in
      guard !state.isExclusive, state.shared == 0 else { return nil }
      state.isExclusive = true
      return ()
    }
    defer { state.update { $0.isExclusive = false } }
    return try body()
  }
}
