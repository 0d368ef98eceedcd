import SwfsCore

/// Volumes that refused an upload lately: full, read-only or short of a replica. A value.
struct AvoidedVolumes: Sendable {
  private var until: [UInt32: UInt64] = [:]

  static let seconds = 20.0
  static let volumesMax = 4096

  mutating func avoid(_ volume: UInt32, now: UInt64) {
    if until.count >= Self.volumesMax { until = until.filter { $0.value > now } }
    guard until.count < Self.volumesMax else { return }
    until[volume] = now &+ UInt64(Self.seconds * 1e9)
  }

  mutating func contains(_ volume: UInt32, now: UInt64) -> Bool {
    guard let end = until[volume] else { return false }
    if end > now { return true }
    until[volume] = nil
    return false
  }

  var isEmpty: Bool { until.isEmpty }
}
