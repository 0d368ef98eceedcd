/// When a service that ended by itself or was killed starts again.
struct RestartPolicy: Sendable, Codable, Equatable {
  /// Seconds before the first restart.
  var delaySeconds = 1.0
  /// The delay doubles with each quick death up to this.
  var delayMaxSeconds = 8.0
  /// A service that lived this long starts over with the first delay.
  var settledSeconds = 30.0

  static let standard = RestartPolicy()

  /// The delay after a death, when `quickDeaths` lives in a row before it were short.
  func delay(afterQuickDeaths quickDeaths: Int) -> Double {
    var delay = delaySeconds
    for _ in 0..<min(max(quickDeaths, 0), 16) { delay = min(delay * 2, delayMaxSeconds) }
    return delay
  }
}
