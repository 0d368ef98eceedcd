/// How long one attempt of a call may take, and what it means when it takes longer.
struct CallClass: Equatable {
  /// Seconds of the first attempt; later rounds get more, for servers that are only slow.
  var attemptSeconds: Double
  /// Whether a server that lets it time out counts as down.
  var timeoutMeansDown: Bool

  /// Reads that cost a healthy server milliseconds.
  static let read = CallClass(attemptSeconds: 2.5, timeoutMeansDown: true)
  /// Writes of one row.
  static let write = CallClass(attemptSeconds: 5, timeoutMeansDown: true)
  /// Calls that a filer passes on to a master and repeats itself for 30 s during an election: their
  /// silence says nothing about the filer.
  static let forwarded = CallClass(attemptSeconds: 8, timeoutMeansDown: false)
  /// Work that grows with a subtree or an object. A dead peer shows by its connection instead.
  static let long = CallClass(attemptSeconds: 3600, timeoutMeansDown: false)

  /// Seconds for an attempt of a later round (0 is the first).
  func seconds(inRound round: Int) -> Double {
    attemptSeconds * Double(1 << min(round, 3))
  }
}
