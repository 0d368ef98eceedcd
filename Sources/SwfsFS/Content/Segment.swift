import SwfsCore

/// A sealed piece of a file on its way to the volume servers: its bytes no longer change.
///
/// `state`, `offset`, `timestamp` and `visibleCount` are guarded by the file's lock.
final class Segment: @unchecked Sendable {
  // Safe: the bytes are immutable once sealed; the variables change under the file's lock only.
  enum State: Equatable { case waiting, uploading, failed }

  private let extent: DirtyExtents.Extent
  var state = State.waiting
  /// Overlap order among this file's chunks, assigned when sealed.
  var timestamp: Int64

  /// Bytes from the front that are still part of the file: fewer after a truncation.
  private(set) var visibleCount: Int

  init(_ extent: DirtyExtents.Extent, timestamp: Int64) {
    self.extent = extent
    self.timestamp = timestamp
    visibleCount = extent.count
  }

  var offset: Int64 { extent.offset }
  var end: Int64 { extent.offset + Int64(visibleCount) }
  /// Everything that is uploaded, visible or not.
  var bytes: UnsafeRawBufferPointer { extent.bytes }
  var visibleBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: extent.bytes.prefix(visibleCount))
  }

  func truncate(toEnd end: Int64) {
    visibleCount = Int(max(0, min(Int64(visibleCount), end - extent.offset)))
  }

  func shift(by distance: Int64) { extent.shift(by: distance) }
}
