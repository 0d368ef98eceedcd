import SwfsCore

/// Work on several things at a time, for questions to many servers.
enum Concurrently {
  /// Results in the order of the items. Each item has a thread, at most `limit` at a time.
  static func map<Item: Sendable, Result: Sendable>(
    _ items: [Item], limit: Int = 32, _ body: @escaping @Sendable (Item) -> Result
  ) -> [Result] {
    let monitor = Monitor(Work<Result>())
    for _ in 0..<min(limit, items.count) {
      startThread("swfs-ctl") {
        while true {
          let index = monitor.withLock { work -> Int? in
            guard work.next < items.count else { return nil }
            defer { work.next += 1 }
            return work.next
          }
          guard let index else { return }
          let result = body(items[index])
          monitor.update { $0.results[index] = result }
        }
      }
    }
    while true {
      let done = monitor.wait(until: Deadline(secondsFromNow: 60)) { work -> [Result]? in
        guard work.results.count == items.count else { return nil }
        return items.indices.compactMap { work.results[$0] }
      }
      if let done { return done }
    }
  }

  private struct Work<Result> {
    var next = 0
    var results: [Int: Result] = [:]
  }
}
