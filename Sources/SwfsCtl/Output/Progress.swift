import SwfsCore

/// A line that says how far a long command is, on a terminal only.
struct Progress {
  private let what: String
  private let total: Int64?
  private let isShown: Bool
  private let start = Deadline.now
  private var next: UInt64
  private(set) var count = 0

  /// - Parameter total: how many there will be, as far as is known.
  init(_ what: String, total: Int64?, isShown: Bool = Terminal.errorsAreSeen) {
    self.what = what
    self.total = total
    self.isShown = isShown
    next = start + 500_000_000
  }

  mutating func advance() {
    count += 1
    guard isShown, count & 1023 == 0, Deadline.now >= next else { return }
    next = Deadline.now + 500_000_000
    Terminal.write("\r\u{1b}[K" + Self.line(what, count, total, seconds))
  }

  var seconds: Double { Double(Deadline.now - start) / 1e9 }

  func finish() {
    if isShown { Terminal.write("\r\u{1b}[K") }
  }

  static func line(_ what: String, _ count: Int, _ total: Int64?, _ seconds: Double) -> String {
    let rate = Double(count) / max(seconds, 0.001)
    var text = "\(count) \(what), \(Int(rate))/s"
    if let total, total > Int64(count) {
      let share = Int(Double(count) / Double(total) * 100)
      let left = Int(Double(total - Int64(count)) / max(rate, 1))
      text += ", about \(share) %, \(left) s left"
    }
    return text
  }
}
