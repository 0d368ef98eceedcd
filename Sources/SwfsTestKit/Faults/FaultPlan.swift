public import SwfsCore
import Synchronization

/// The calls of the ports, by name, for planning faults and counting.
public enum ClusterOperation: String, Sendable, CaseIterable, Hashable {
  case lookup, list, create, update, delete, rename, current, materializeRemote
  case statistics, configuration
  case upload, read, expandManifests, discard
  case tryLock, lockConflict, releaseLocks
}

/// What goes wrong in which call. Thread-safe; one plan belongs to one view of the cluster.
public final class FaultPlan: Sendable {
  private let state = Mutex(State())

  public enum Fault: Sendable {
    /// The call does nothing and throws.
    case fail(FSError.Code)
    /// The call is done, then throws as if the answer had been lost.
    case loseAnswer(FSError.Code)
    /// The call is done after so many seconds.
    case delay(seconds: Double)
    /// The call waits at the gate, then is done.
    case block(Gate)
  }

  private struct Rule {
    var fault: Fault
    var operation: ClusterOperation
    var path: EntryPath?
    /// Matching calls to let through first.
    var skip: Int
    /// Matching calls that the fault hits after that.
    var remaining: Int
  }

  private struct State {
    var rules: [Rule] = []
    var calls: [ClusterOperation: Int] = [:]
    var hits = 0
  }

  public init() {}

  /// Plans a fault for the `call`-th matching call from now (1 is the next one) and the
  /// `times - 1` after it. With a path only calls about that path match.
  public func add(
    _ fault: Fault, to operation: ClusterOperation, call: Int = 1, times: Int = 1,
    path: EntryPath? = nil
  ) {
    state.withLock {
      $0.rules.append(
        Rule(fault: fault, operation: operation, path: path, skip: call - 1, remaining: times))
    }
  }

  /// Plans a fault for every matching call until `clear`.
  public func addForever(_ fault: Fault, to operation: ClusterOperation, path: EntryPath? = nil) {
    add(fault, to: operation, times: .max, path: path)
  }

  public func clear() { state.withLock { $0.rules = [] } }

  /// Calls of an operation so far.
  public func calls(of operation: ClusterOperation) -> Int {
    state.withLock { $0.calls[operation] ?? 0 }
  }

  /// Calls that a fault has hit so far: a test that planned one can see that it happened.
  public var hits: Int { state.withLock { $0.hits } }

  /// Runs a call under the plan.
  func run<R>(
    _ operation: ClusterOperation, _ path: EntryPath?, _ context: OperationContext,
    _ body: () throws(FSError) -> R
  ) throws(FSError) -> R {
    try context.check("\(operation)")
    let faults = take(operation, path)
    for fault in faults {
      switch fault {
      case .fail(let code): throw FSError(code, "planned failure of \(operation)")
      case .delay(let seconds): try context.sleep(seconds: seconds, "planned delay")
      case .block(let gate): try gate.pass(context)
      case .loseAnswer: break
      }
    }
    let result = try body()
    for case .loseAnswer(let code) in faults {
      throw FSError(code, "planned loss of the answer to \(operation)")
    }
    return result
  }

  private func take(_ operation: ClusterOperation, _ path: EntryPath?) -> [Fault] {
    state.withLock { state in
      state.calls[operation, default: 0] += 1
      var faults: [Fault] = []
      for index in state.rules.indices {
        let rule = state.rules[index]
        guard rule.operation == operation, rule.remaining > 0,
          rule.path == nil || rule.path == path
        else { continue }
        if rule.skip > 0 {
          state.rules[index].skip -= 1
        } else {
          state.rules[index].remaining -= 1
          faults.append(rule.fault)
        }
      }
      if !faults.isEmpty { state.hits += 1 }
      return faults
    }
  }
}
