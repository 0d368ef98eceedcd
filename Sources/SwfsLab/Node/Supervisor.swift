import Glibc
import SwfsCore

/// Runs the services of one node: starts, reaps, restarts, signals them.
///
/// It is part of the node's init, so every process of the node is its descendant and none
/// survives it. Thread-safe: everything that changes is behind one monitor.
final class Supervisor: Sendable {
  private struct State {
    var specs: [String: ServiceSpec] = [:]
    var order: [String] = []
    var lives: [String: ServiceLifecycle] = [:]
    /// Counts process starts, so that the reaper sees that there is something to wait for again.
    var starts = 0
  }

  private let state = Monitor(State())
  private let layout: NodeLayout

  init(layout: NodeLayout) { self.layout = layout }

  /// Starts the two threads that never end: one that starts what is due, one that reaps.
  func run() {
    startThread("starter") { while true { self.startDue() } }
    startThread("reaper") { while true { self.reapOne() } }
  }

  // MARK: Requests

  /// Takes over the list of services; those that run are left alone.
  func load(_ specs: [ServiceSpec]) {
    state.update { state in
      state.order = specs.map(\.name)
      for spec in specs {
        state.specs[spec.name] = spec
        if state.lives[spec.name] == nil {
          state.lives[spec.name] = ServiceLifecycle(policy: spec.restart)
        }
      }
    }
  }

  func start(_ service: String?) throws(LabError) {
    let names = try names(service)
    for name in names where state.withLock({ $0.lives[name]?.isPaused ?? false }) {
      try pause(name, false)
    }
    state.update { state in for name in names { state.lives[name]?.want() } }
  }

  /// Ends the service (or all, last stage first) and returns when it is gone.
  func stop(_ service: String?) throws(LabError) {
    let names = try names(service)
    let stages = state.withLock { state in
      Dictionary(grouping: names.compactMap { state.specs[$0] }, by: \.stage)
    }
    for (_, specs) in stages.sorted(by: { $0.key > $1.key }) {
      for spec in specs {
        state.update { $0.lives[spec.name]?.unwant() }
        signal(spec.name, SIGCONT, wholeTree: true)
        signal(spec.name, spec.stopSignal, wholeTree: false)
      }
      let deadline = Deadline(secondsFromNow: specs.map(\.stopGraceSeconds).max() ?? 0)
      for spec in specs where !waitUntilGone(spec.name, deadline) {
        signal(spec.name, SIGKILL, wholeTree: true)
        _ = waitUntilGone(spec.name, Deadline(secondsFromNow: 10))
      }
    }
  }

  func kill(_ service: String, staysDown: Bool) throws(LabError) {
    _ = try names(service)
    if staysDown { state.update { $0.lives[service]?.unwant() } }
    guard signal(service, SIGKILL, wholeTree: false) else {
      throw LabError("\(service) does not run")
    }
  }

  func pause(_ service: String, _ paused: Bool) throws(LabError) {
    _ = try names(service)
    guard signal(service, paused ? SIGSTOP : SIGCONT, wholeTree: true) else {
      throw LabError("\(service) does not run")
    }
    state.update { $0.lives[service]?.paused(paused) }
  }

  func status(_ service: String?) throws(LabError) -> [ServiceStatus] {
    let names = try names(service)
    let now = Deadline.now
    return state.withLock { state in
      names.compactMap { name in
        state.lives[name].map { life in
          ServiceStatus(
            name: name, state: life.state, pid: life.pid, restarts: life.restarts,
            lastExit: life.lastExit,
            runningSeconds: life.pid == nil ? nil : Double(now - min(life.startedAt, now)) / 1e9)
        }
      }
    }
  }

  private func names(_ service: String?) throws(LabError) -> [String] {
    let order = state.withLock { $0.order }
    guard let service else { return order }
    guard order.contains(service) else { throw LabError("no service \(service) on this node") }
    return [service]
  }

  private func waitUntilGone(_ service: String, _ deadline: Deadline) -> Bool {
    state.wait(until: deadline) { $0.lives[service]?.pid == nil ? true : nil } ?? false
  }

  /// Signals the service's process, or the whole tree below it; false when it does not run.
  ///
  /// Under the lock, so that the number cannot belong to a process that came later.
  @discardableResult
  private func signal(_ service: String, _ signal: Int32, wholeTree: Bool) -> Bool {
    state.withLock { state in
      guard let pid = state.lives[service]?.pid else { return false }
      let targets = wholeTree ? ProcessTable(layout.processes).tree(of: pid) : [pid]
      for target in targets { _ = Glibc.kill(target, signal) }
      return true
    }
  }

  // MARK: Threads

  private func startDue() {
    // Waiting and looking for what is due happen in one step, so no request is slept through.
    let due: String? = state.wait(until: nextStart()) { state in
      let now = Deadline.now
      return state.order.first { state.lives[$0]?.next(now: now) == .start }
    }
    guard let due else { return }
    state.update { state in
      guard let spec = state.specs[due], state.lives[due]?.next(now: Deadline.now) == .start
      else { return }
      do throws(LabError) {
        let pid = try ServiceProcess(spec: spec, layout: layout).start()
        state.lives[due]?.started(pid: pid, now: Deadline.now)
        state.starts += 1
      } catch {
        state.lives[due]?.failedToStart(error.summary, now: Deadline.now)
      }
    }
  }

  /// When the next waiting restart is due; at most a second away, since requests may change it.
  private func nextStart() -> Deadline {
    state.withLock { state in
      let now = Deadline.now
      let dues = state.lives.values.compactMap { life -> UInt64? in
        if case .wait(let due) = life.next(now: now) { due } else { nil }
      }
      return Deadline(nanoseconds: dues.min() ?? .max).capped(secondsFromNow: 1)
    }
  }

  private func reapOne() {
    let starts = state.withLock { $0.starts }
    var status: Int32 = 0
    let pid = waitpid(-1, &status, 0)
    if pid > 0 {
      let how = ExitStatus(waitStatus: status).description
      state.update { state in
        // Any other child is an orphan that came to us as the node's init.
        let name = state.lives.first { $0.value.pid == pid }?.key
        if let name { state.lives[name]?.exited(how, now: Deadline.now) }
      }
    } else if errno == ECHILD {
      _ = state.wait(until: .never) { $0.starts != starts ? true : nil }
    }
  }
}
