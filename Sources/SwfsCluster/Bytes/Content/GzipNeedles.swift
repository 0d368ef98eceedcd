import SwfsCore

/// Needles that volume servers keep as gzip on their own account. Their ETag is the checksum of the
/// gzip bytes, so what is read cannot be compared with it. A value, bounded.
struct GzipNeedles: Sendable {
  private var known: Set<FileID> = []

  static let countMax = 4096

  mutating func insert(_ fid: FileID) {
    if known.count >= Self.countMax { known.removeAll(keepingCapacity: true) }
    known.insert(fid)
  }

  func contains(_ fid: FileID) -> Bool { known.contains(fid) }
}
