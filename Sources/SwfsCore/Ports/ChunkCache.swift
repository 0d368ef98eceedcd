/// A second tier behind the memory of the reader: whole blocks of needles, kept across restarts.
///
/// Thread-safe. A cache may forget anything at any time and never fails: what it cannot deliver
/// intact it does not have.
public protocol ChunkCache: Sendable {
  /// Copies `buffer.count` bytes of a block, from `offset` within the block on.
  ///
  /// - Returns: false when the block is not there, or what is there fails its check (it is then
  ///   dropped); the buffer's content is undefined in that case.
  func read(_ key: BlockKey, offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool

  /// Offers a block. Returns without waiting for any device; the block may be stored later or not
  /// at all.
  func store(_ block: BlockBuffer, for key: BlockKey)
}

/// A piece of a needle's clear bytes that is fetched and cached as a whole.
///
/// Needles are immutable, so a key never means other bytes later. The length is part of the key:
/// a chunk that was cut short by a truncation ends in another last block than the original.
public struct BlockKey: Sendable, Hashable {
  public let fid: FileID
  /// Where the block starts in the needle, in bytes.
  public let start: UInt64
  /// Bytes in the block.
  public let count: Int

  public init(fid: FileID, start: UInt64, count: Int) {
    self.fid = fid
    self.start = start
    self.count = count
  }
}
