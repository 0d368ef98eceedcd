import SwfsCore

/// The ranges this mount holds, by key: what keep-alives have to repeat. A value without I/O.
///
/// Follows POSIX: a new lock of an owner replaces what it held in that range, of either kind.
struct HeldLocks {
  private(set) var byKey: [String: [AdvisoryLock]] = [:]
  /// Who has asked for a lock and not given everything back, granted or not: a reply may have been
  /// lost on its way. Everybody else who closes a file has nothing to release.
  private var askers: [String: Set<Asker>] = [:]

  private struct Asker: Hashable {
    let owner: UInt64
    let isFlock: Bool
  }

  mutating func asked(_ lock: AdvisoryLock, _ key: String) {
    askers[key, default: []].insert(Asker(owner: lock.owner, isFlock: lock.isFlock))
  }

  mutating func granted(_ lock: AdvisoryLock, _ key: String) {
    remove(lock, key)
    if lock.kind != .unlock { byKey[key, default: []].append(lock) }
  }

  /// Takes a range away from its owner, splitting what lies across its ends.
  mutating func remove(_ range: AdvisoryLock, _ key: String) {
    guard let held = byKey[key] else { return }
    var rest: [AdvisoryLock] = []
    for lock in held {
      guard lock.owner == range.owner, lock.isFlock == range.isFlock, lock.start <= range.end,
        range.start <= lock.end
      else {
        rest.append(lock)
        continue
      }
      if lock.start < range.start {
        var left = lock
        left.end = range.start - 1
        rest.append(left)
      }
      if lock.end > range.end {
        var right = lock
        right.start = range.end + 1
        rest.append(right)
      }
    }
    byKey[key] = rest.isEmpty ? nil : rest
  }

  /// - Returns: whether a filer may still keep something of this owner.
  mutating func released(owner: UInt64, isFlock: Bool, _ key: String) -> Bool {
    let mayHold = askers[key]?.remove(Asker(owner: owner, isFlock: isFlock)) != nil
    if askers[key]?.isEmpty == true { askers[key] = nil }
    forget(owner: owner, isFlock: isFlock, key)
    return mayHold
  }

  private mutating func forget(owner: UInt64, isFlock: Bool, _ key: String) {
    guard let held = byKey[key] else { return }
    let rest = held.filter { $0.owner != owner || $0.isFlock != isFlock }
    byKey[key] = rest.isEmpty ? nil : rest
  }
}
