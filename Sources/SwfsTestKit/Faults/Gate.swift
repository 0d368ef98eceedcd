public import SwfsCore

/// Stops a call in the middle until the test lets it go on.
public final class Gate: Sendable {
  private let state = Monitor(State())

  private struct State {
    var isOpen = false
    var arrivals = 0
  }

  public init() {}

  /// Calls that have reached the gate, including those that have gone on.
  public var arrivals: Int { state.withLock { $0.arrivals } }

  /// Lets everything pass from now on.
  public func open() { state.update { $0.isOpen = true } }

  /// Waits until that many calls have reached the gate.
  ///
  /// - Returns: false when they did not within the time.
  public func waitForArrivals(_ count: Int = 1, seconds: Double = 30) -> Bool {
    state.wait(until: Deadline(secondsFromNow: seconds)) { $0.arrivals >= count ? true : nil }
      ?? false
  }

  /// - Throws: `interrupted` or `timedOut` from the context.
  public func pass(_ context: OperationContext) throws(FSError) {
    state.update { $0.arrivals += 1 }
    try state.wait(context, for: "the test's gate") {
      (state: inout State) throws(FSError) -> Void? in
      state.isOpen ? () : nil
    }
  }
}
