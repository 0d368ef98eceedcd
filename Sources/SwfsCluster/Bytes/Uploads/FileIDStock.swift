import SwfsCore

/// File ids in stock for one placement, and how many to fetch. A value without a clock.
///
/// Ids are taken from the batches in turn, since each batch lies on one volume. The stock follows
/// the pace of the last seconds, bounded by count and by the room that the master books for ids.
struct FileIDStock: Sendable {
  /// Life of ids that came with a token (which lives for 10 s and is checked when an upload starts).
  static let tokenLifeSeconds = 5.0
  /// Without tokens ids have no end, but the volume may have been given up meanwhile.
  static let lifeSeconds = 25.0
  static let idsMax = 64
  static let batchMax = 16
  /// What all ids in stock may book on volumes.
  static let bookedBytesMax: UInt64 = 256 << 20
  /// How far ahead the stock reaches at the present pace.
  static let reachSeconds = 8.0

  struct Taken: Sendable, Equatable {
    var fid: FileID
    var batch: Batch
  }

  struct Batch: Sendable, Equatable {
    var ids: AssignedFileIDs
    var used: Int
    var expiresAt: UInt64

    var left: Int { ids.count - used }

    static func == (left: Batch, right: Batch) -> Bool {
      left.ids.first == right.ids.first && left.used == right.used
    }
  }

  private var batches: [Batch] = []
  private var turn = 0
  private var pace = Pace()
  private(set) var lastUse: UInt64 = 0
  /// A refill is on its way.
  var isRefilling = false

  /// Takes one id; nil when none is left that is fresh and acceptable.
  mutating func take(now: UInt64, isAcceptable: (AssignedFileIDs) -> Bool) -> Taken? {
    lastUse = now
    batches.removeAll { $0.expiresAt <= now || $0.left <= 0 }
    for step in 0..<batches.count {
      let index = (turn + step) % batches.count
      guard isAcceptable(batches[index].ids),
        let fid = batches[index].ids.first.advanced(by: UInt64(batches[index].used))
      else { continue }
      batches[index].used += 1
      turn = index + 1
      return Taken(fid: fid, batch: batches[index])
    }
    return nil
  }

  mutating func add(_ ids: AssignedFileIDs, used: Int, now: UInt64) -> Batch {
    let life = ids.jwt.isEmpty ? Self.lifeSeconds : Self.tokenLifeSeconds
    let batch = Batch(ids: ids, used: used, expiresAt: now &+ UInt64(life * 1e9))
    if batch.left > 0 { batches.append(batch) }
    return batch
  }

  /// Forgets the ids of a volume that refused one of them.
  mutating func drop(volume: UInt32) {
    batches.removeAll { $0.ids.first.volume == volume }
  }

  /// Notes that an upload of this size wants an id now.
  mutating func wanted(bytes: UInt64, now: UInt64) { pace.add(bytes: bytes, now: now) }

  /// How many ids to ask for in one assignment for the present pace; at least one.
  func batchCount(now: UInt64) -> Int { min(Self.batchMax, max(1, target(now) / 2)) }

  /// More ids should be fetched before these run out.
  func isLow(now: UInt64) -> Bool {
    let target = target(now)
    guard target > 1 else { return false }
    let left = batches.reduce(0) { $1.expiresAt > now ? $0 + $1.left : $0 }
    return left < (target + 1) / 2
  }

  /// The size to tell the master for one needle.
  var expectedBytes: UInt64 { pace.averageBytes }

  private func target(_ now: UInt64) -> Int {
    let room = Self.bookedBytesMax / max(1, pace.averageBytes)
    let ahead = pace.perSecond(now: now) * Self.reachSeconds
    return min(Int(min(ahead, Double(Self.idsMax))), Int(min(room, UInt64(Self.idsMax))))
  }

  /// Uploads over the last one to two windows.
  private struct Pace: Sendable {
    static let windowNanoseconds: UInt64 = 2_000_000_000
    private var windowStart: UInt64 = 0
    private var current = 0
    private var previous = 0
    private(set) var averageBytes: UInt64 = 0

    mutating func add(bytes: UInt64, now: UInt64) {
      let age = now &- min(windowStart, now)
      if age >= Self.windowNanoseconds {
        previous = age < 2 * Self.windowNanoseconds ? current : 0
        current = 0
        windowStart = now
      }
      current += 1
      // Half of the old and half of the new, so that a run of full chunks is known at once.
      averageBytes = averageBytes == 0 ? bytes : averageBytes / 2 + bytes / 2
    }

    func perSecond(now: UInt64) -> Double {
      let age = now &- min(windowStart, now)
      if age >= 2 * Self.windowNanoseconds { return 0 }
      return Double(max(current, previous)) / (Double(Self.windowNanoseconds) / 1e9)
    }
  }
}
