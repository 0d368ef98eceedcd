internal import SwfsCore

/// Finds the blocks that random reads come back to: they are then worth fetching as a whole.
///
/// A value. Only the blocks missed last are remembered, so that reads all over a large file never
/// add up.
struct MissCounter: Sendable {
  static let blocksMax = 16

  private struct Misses {
    var key: BlockKey
    var count: Int
  }

  /// The block missed last stands last.
  private var recent: [Misses] = []

  /// Takes note of a read that a block would have answered. Returns true when it has been missed
  /// `enough` times, and begins anew.
  mutating func note(_ key: BlockKey, enough: Int) -> Bool {
    var misses = Misses(key: key, count: 0)
    if let index = recent.lastIndex(where: { $0.key == key }) { misses = recent.remove(at: index) }
    misses.count += 1
    if misses.count >= enough { return true }
    if recent.count >= Self.blocksMax { recent.removeFirst() }
    recent.append(misses)
    return false
  }
}
