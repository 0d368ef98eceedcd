/// Which of several equal servers to ask: one is kept until it fails, then the next that is up.
///
/// A value without I/O: the pool asks it and reports back, probes say when a server is up again.
struct EndpointSelector: Equatable {
  private(set) var isUp: [Bool]
  /// The one that is asked first.
  private(set) var preferred = 0

  init(count: Int) {
    isUp = Array(repeating: true, count: max(count, 1))
  }

  var hasAnyUp: Bool { isUp.contains(true) }

  /// The server to ask, leaving out those that this call has tried; nil when none is left.
  func choose(excluding tried: Set<Int>) -> Int? {
    for step in 0..<isUp.count {
      let index = (preferred + step) % isUp.count
      if isUp[index] && !tried.contains(index) { return index }
    }
    return nil
  }

  /// An answer makes a server the preferred one, so that one call's detour spares the others theirs.
  mutating func answered(_ index: Int) {
    isUp[index] = true
    preferred = index
  }

  /// Returns true for the first failure since it was up: its probe has to be started.
  mutating func failed(_ index: Int) -> Bool {
    defer { isUp[index] = false }
    if preferred == index, let next = choose(excluding: [index]) { preferred = next }
    return isUp[index]
  }

  /// A probe succeeded. The server is a candidate again, but nobody leaves one that works for it.
  mutating func recovered(_ index: Int) {
    if !hasAnyUp { preferred = index }
    isUp[index] = true
  }
}
