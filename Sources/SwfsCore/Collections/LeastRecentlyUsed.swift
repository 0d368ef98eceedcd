/// A dictionary that knows in which order its values were used. All operations take constant time.
///
/// A value: the owner brings the lock, the bound and the decision when to remove the oldest.
public struct LeastRecentlyUsed<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Node: Sendable {
    var key: Key
    var value: Value
    var older: Int
    var newer: Int
  }

  private static var none: Int { -1 }
  /// nil marks a free slot, which `freeSlots` lists.
  private var nodes: [Node?] = []
  private var freeSlots: [Int] = []
  private var slots: [Key: Int] = [:]
  private var oldest = -1
  private var newest = -1

  public init() {}

  public var count: Int { slots.count }
  public var isEmpty: Bool { slots.isEmpty }

  /// The value, which becomes the most recently used one.
  public mutating func use(_ key: Key) -> Value? {
    guard let slot = slots[key] else { return nil }
    if slot != newest {
      unlink(slot)
      linkNewest(slot)
    }
    return nodes[slot]?.value
  }

  /// The value, without counting as a use.
  public func peek(_ key: Key) -> Value? {
    slots[key].flatMap { nodes[$0]?.value }
  }

  /// Puts a value in as the most recently used one. Returns the one that it replaces.
  @discardableResult
  public mutating func insert(_ value: Value, for key: Key) -> Value? {
    let previous = remove(key)
    let node = Node(key: key, value: value, older: Self.none, newer: Self.none)
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
      nodes[slot] = node
    } else {
      slot = nodes.count
      nodes.append(node)
    }
    slots[key] = slot
    linkNewest(slot)
    return previous
  }

  @discardableResult
  public mutating func remove(_ key: Key) -> Value? {
    guard let slot = slots.removeValue(forKey: key) else { return nil }
    unlink(slot)
    let value = nodes[slot]?.value
    nodes[slot] = nil
    freeSlots.append(slot)
    return value
  }

  /// Makes a value the next one to go.
  public mutating func demote(_ key: Key) {
    guard let slot = slots[key], slot != oldest else { return }
    unlink(slot)
    linkOldest(slot)
  }

  /// Takes out the least recently used value.
  public mutating func removeOldest() -> (key: Key, value: Value)? {
    guard oldest != Self.none, let node = nodes[oldest] else { return nil }
    remove(node.key)
    return (node.key, node.value)
  }

  private mutating func unlink(_ slot: Int) {
    guard let node = nodes[slot] else { return }
    if node.older == Self.none {
      oldest = node.newer
    } else {
      nodes[node.older]?.newer = node.newer
    }
    if node.newer == Self.none {
      newest = node.older
    } else {
      nodes[node.newer]?.older = node.older
    }
  }

  private mutating func linkNewest(_ slot: Int) {
    nodes[slot]?.older = newest
    nodes[slot]?.newer = Self.none
    if newest == Self.none { oldest = slot } else { nodes[newest]?.newer = slot }
    newest = slot
  }

  private mutating func linkOldest(_ slot: Int) {
    nodes[slot]?.newer = oldest
    nodes[slot]?.older = Self.none
    if oldest == Self.none { newest = slot } else { nodes[oldest]?.older = slot }
    oldest = slot
  }
}
