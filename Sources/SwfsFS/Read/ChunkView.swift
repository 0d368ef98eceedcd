public import SwfsCore

/// Which chunk each byte of a file comes from: the chunk list of one entry, resolved once.
///
/// An immutable value. For each byte the chunk with the highest `modifiedNanoseconds` wins. Among
/// equal ones the chunk that starts first wins, then the one that stands first in the list: that is
/// the one weed's own readers show, and whose needle its filers keep (`readResolvedChunks` in
/// weed/filer/filechunks_read.go; they hide the loser altogether, here it still serves the bytes
/// that nobody else has). Bytes that no chunk covers are holes, up to the file's size.
///
/// Kept small: 40 bytes a chunk and 12 bytes an interval, since a file may have 100,000 chunks.
public struct ChunkView: Sendable {
  /// The file's size in bytes; nothing is visible behind it.
  public let size: UInt64
  /// Where each interval starts; it ends where the next one starts, the last one at `size`.
  private let starts: [Int64]
  /// The chunk of each interval, an index into `needles`, or `hole`.
  private let owners: [UInt32]
  private let needles: [Needle]
  /// Whole chunks, by the same index, where a `Needle` does not say everything.
  private let unusual: [UInt32: Chunk]

  static let hole = UInt32.max

  /// A part of the file that comes from one place.
  public struct Piece: Sendable, Equatable {
    public var fileRange: Range<Int64>
    /// nil: a hole, which reads as zeros. Etag and source ids are not kept.
    public var chunk: Chunk?
    /// Where the piece starts among the needle's clear bytes.
    public var needleOffset: UInt64
  }

  /// Resolves a chunk list in O(n log n).
  ///
  /// - Parameter chunks: leaf chunks only; manifests must have been expanded.
  /// - Throws: `corrupt` for a chunk with an impossible offset or size, a manifest, or a file size
  ///   that no file can have.
  public init(chunks: [Chunk], size: UInt64) throws(FSError) {
    guard let end = Int64(exactly: size), chunks.count < Int(Self.hole) else {
      throw FSError(.corrupt, "a file of \(size) bytes in \(chunks.count) chunks cannot be read")
    }
    for chunk in chunks {
      guard chunk.end != nil else {
        throw FSError(
          .corrupt, "chunk \(chunk.name) has offset \(chunk.offset) and size \(chunk.size)")
      }
      guard !chunk.isManifest else {
        throw FSError(.corrupt, "chunk \(chunk.name) is a manifest where data was expected")
      }
    }
    let needles = chunks.map(Needle.init)
    var resolution = ChunkResolution(chunks: needles, end: end)
    resolution.run()
    self.size = size
    starts = resolution.starts
    owners = resolution.owners
    self.needles = needles
    var unusual: [UInt32: Chunk] = [:]
    for (index, chunk) in chunks.enumerated() where Needle.saysTooLittle(of: chunk) {
      unusual[UInt32(truncatingIfNeeded: index)] = chunk
    }
    self.unusual = unusual
  }

  /// Hands the pieces of a range to `body` in file order. What lies outside the file has none.
  public func forEachPiece(
    in range: Range<Int64>, _ body: (Piece) throws(FSError) -> Void
  ) throws(FSError) {
    var position = max(range.lowerBound, 0)
    let stop = min(range.upperBound, end)
    guard position < stop, var index = interval(at: position) else { return }
    while position < stop {
      let next = min(endOfInterval(index), stop)
      try body(piece(index, position..<next))
      position = next
      index += 1
    }
  }

  /// The pieces of a range in file order. What lies outside the file has none.
  public func pieces(in range: Range<Int64>) -> [Piece] {
    var pieces: [Piece] = []
    do {
      try forEachPiece(in: range) { (piece) throws(FSError) in pieces.append(piece) }
    } catch {
      // Unreachable: the body above does not throw.
    }
    return pieces
  }

  /// The first byte with data at or behind `offset` (SEEK_DATA), or nil when there is none.
  public func nextData(from offset: Int64) -> Int64? { next(from: offset, hole: false) }

  /// The first byte of a hole at or behind `offset` (SEEK_HOLE); the end of the file counts as one.
  public func nextHole(from offset: Int64) -> Int64 { next(from: offset, hole: true) ?? end }

  private var end: Int64 { Int64(clamping: size) }

  private func next(from offset: Int64, hole: Bool) -> Int64? {
    let offset = max(offset, 0)
    guard offset < end, var index = interval(at: offset) else { return nil }
    while index < starts.count {
      if (owners[index] == Self.hole) == hole { return max(starts[index], offset) }
      index += 1
    }
    return nil
  }

  /// The interval that covers a byte of the file, by binary search.
  private func interval(at offset: Int64) -> Int? {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }

  private func endOfInterval(_ index: Int) -> Int64 {
    index + 1 < starts.count ? starts[index + 1] : end
  }

  private func piece(_ index: Int, _ range: Range<Int64>) -> Piece {
    let owner = owners[index]
    guard owner != Self.hole else { return Piece(fileRange: range, chunk: nil, needleOffset: 0) }
    let needle = needles[Int(owner)]
    return Piece(
      fileRange: range, chunk: unusual[owner] ?? needle.chunk,
      needleOffset: UInt64(clamping: range.lowerBound - needle.offset))
  }
}

/// What resolving and reading an ordinary chunk takes: plain numbers, without anything to count
/// references of.
struct Needle: Sendable {
  let key: UInt64
  let volume: UInt32
  let cookie: UInt32
  let offset: Int64
  let size: UInt64
  let modifiedNanoseconds: Int64

  init(_ chunk: Chunk) {
    key = chunk.fid?.key ?? 0
    volume = chunk.fid?.volume ?? 0
    cookie = chunk.fid?.cookie ?? 0
    offset = chunk.offset
    size = chunk.size
    modifiedNanoseconds = chunk.modifiedNanoseconds
  }

  /// The chunk's end was checked to exist.
  var end: Int64 { offset &+ Int64(truncatingIfNeeded: size) }

  static func saysTooLittle(of chunk: Chunk) -> Bool {
    chunk.fid == nil || !chunk.cipherKey.isEmpty || chunk.isCompressed || chunk.sseType != 0
  }

  var chunk: Chunk {
    Chunk(
      fid: FileID(volume: volume, key: key, cookie: cookie), offset: offset, size: size,
      modifiedNanoseconds: modifiedNanoseconds)
  }
}

extension Chunk {
  /// The file id for messages.
  var name: String { fid.map(String.init(describing:)) ?? "'\(fileIDText)'" }
}
