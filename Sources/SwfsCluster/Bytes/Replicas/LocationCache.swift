import SwfsCore
import Synchronization

/// Where volumes are, remembered until a read or write shows that it is no longer true.
///
/// Thread-safe; the lock is not held while a locator is asked.
final class LocationCache: Sendable {
  private let locator: any VolumeLocator
  private let known = Mutex<[UInt32: Known]>([:])

  private struct Known {
    var locations: [VolumeLocation]
    var askedAt: UInt64
  }

  static let volumesMax = 100_000
  static let lifeSeconds = 600.0

  init(_ locator: any VolumeLocator) {
    self.locator = locator
  }

  /// - Parameter since: nil takes what is remembered; else the answer must come from a lookup that
  ///   began after that time, so that many readers of one lost volume share few lookups.
  func locations(
    of volume: UInt32, since: UInt64?, _ context: OperationContext
  ) throws(FSError) -> [VolumeLocation] {
    let remembered = known.withLock { $0[volume] }
    let now = Deadline.now
    if let remembered {
      let age = Double(now &- min(remembered.askedAt, now)) / 1e9
      if let since, remembered.askedAt >= since { return remembered.locations }
      if since == nil && age < Self.lifeSeconds { return remembered.locations }
    }
    do {
      let found = try locator.locations(of: volume, context)
      known.withLock { known in
        if found.isEmpty {
          known[volume] = nil
        } else {
          if known.count >= Self.volumesMax { known.removeAll(keepingCapacity: true) }
          known[volume] = Known(locations: found, askedAt: now)
        }
      }
      return found
    } catch {
      // Nobody to ask: an old answer beats none, unless the caller has just found it wrong.
      if since == nil, let remembered { return remembered.locations }
      throw error
    }
  }

  /// What is remembered, without asking anybody.
  func remembered(_ volume: UInt32) -> [VolumeLocation]? {
    known.withLock { $0[volume]?.locations }
  }
}
