import SwfsCore

/// Advisory locks of all clients. A value without locks of its own.
struct LockTable {
  private struct Held: Equatable {
    var client: Int
    var lock: AdvisoryLock
  }

  private var held: [String: [Held]] = [:]
  /// The keeper has just taken over: every request is told to come back.
  var isDeferring = false

  var count: Int { held.values.reduce(0) { $0 + $1.count } }

  func conflict(_ key: String, _ lock: AdvisoryLock, client: Int) -> AdvisoryLock? {
    (held[key] ?? []).first { other in
      other.lock.isFlock == lock.isFlock
        && (other.client != client || other.lock.owner != lock.owner)
        && other.lock.start <= lock.end && lock.start <= other.lock.end
        && (other.lock.kind == .write || lock.kind == .write)
    }?.lock
  }

  mutating func tryLock(_ key: String, _ lock: AdvisoryLock, client: Int) -> LockAnswer {
    if isDeferring && lock.kind != .unlock { return .deferred }
    if lock.kind != .unlock, let other = conflict(key, lock, client: client) {
      return .conflict(other)
    }
    var list = (held[key] ?? []).flatMap { other -> [Held] in
      guard other.client == client, other.lock.owner == lock.owner,
        other.lock.isFlock == lock.isFlock
      else { return [other] }
      return Self.outside(other, of: lock)
    }
    if lock.kind != .unlock { list.append(Held(client: client, lock: lock)) }
    held[key] = list.isEmpty ? nil : list
    return .granted
  }

  mutating func releaseOwner(_ key: String, owner: UInt64, isFlock: Bool, client: Int) {
    held[key]?.removeAll {
      $0.client == client && $0.lock.owner == owner && $0.lock.isFlock == isFlock
    }
    if held[key]?.isEmpty ?? false { held[key] = nil }
  }

  mutating func releaseClient(_ client: Int) {
    for key in held.keys { held[key]?.removeAll { $0.client == client } }
    held = held.filter { !$0.value.isEmpty }
  }

  /// What is left of a lock when a range is taken out of it.
  private static func outside(_ held: Held, of range: AdvisoryLock) -> [Held] {
    let lock = held.lock
    if lock.end < range.start || range.end < lock.start { return [held] }
    var rest: [Held] = []
    if lock.start < range.start {
      var before = held
      before.lock.end = range.start - 1
      rest.append(before)
    }
    if lock.end > range.end {
      var after = held
      after.lock.start = range.end + 1
      rest.append(after)
    }
    return rest
  }
}
