internal import SwfsCore
internal import Synchronization

/// What the reads of one open handle look like; made by `ContentReader.pattern()`, one a handle.
///
/// Thread-safe. When the handle goes, so do its fetches that have not begun.
public final class ReadPattern: Sendable {
  private struct State {
    var detector: AccessDetector
    var misses = MissCounter()
    var isCounted = false
    var isClosed = false
  }

  private let state: Mutex<State>
  private let streams: StreamCount

  init(windowStart: Int, streams: StreamCount) {
    state = Mutex(State(detector: AccessDetector(windowStart: Int64(windowStart))))
    self.streams = streams
  }

  deinit { close() }

  /// The handle is released: nothing is fetched ahead for it any more. Reads still work.
  public func close() {
    state.withLock { state in
      state.isClosed = true
      count(&state, sequential: false)
    }
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  func observe(_ range: Range<Int64>, windowBytesMax: Int) -> AccessDetector.Advice {
    state.withLock { state in
      guard !state.isClosed else { return .exact }
      let share = windowBytesMax / max(streams.value, 1)
      let advice = state.detector.observe(range, windowMax: Int64(share))
      count(&state, sequential: state.detector.isSequential)
      return advice
    }
  }

  func noteWaste() { state.withLock { $0.detector.noteWaste() } }

  func noteUnscheduled(from position: Int64) {
    state.withLock { $0.detector.noteUnscheduled(from: position) }
  }

  func noteMiss(_ key: BlockKey, enough: Int) -> Bool {
    state.withLock { $0.misses.note(key, enough: enough) }
  }

  private func count(_ state: inout State, sequential: Bool) {
    guard state.isCounted != sequential else { return }
    state.isCounted = sequential
    streams.add(sequential ? 1 : -1)
  }
}

/// How many handles read ahead at present: they share the memory for it.
final class StreamCount: Sendable {
  private let number = Atomic<Int>(0)

  var value: Int { number.load(ordering: .relaxed) }
  func add(_ count: Int) { number.wrappingAdd(count, ordering: .relaxed) }
}
