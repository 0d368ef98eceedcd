import SwfsCore
import SwfsFS
import Testing

@Suite struct ChunkViewTests {
  /// Which chunk (by list position) each byte of a file comes from, byte by byte.
  private func model(_ chunks: [Chunk], size: Int) -> [Int?] {
    var owners = [Int?](repeating: nil, count: size)
    let painting = chunks.indices.sorted { left, right in
      let (a, b) = (chunks[left], chunks[right])
      if a.modifiedNanoseconds != b.modifiedNanoseconds {
        return a.modifiedNanoseconds < b.modifiedNanoseconds
      }
      return a.offset != b.offset ? a.offset > b.offset : left > right
    }
    for index in painting {
      let start = Int(chunks[index].offset)
      for byte in start..<start + Int(chunks[index].size) where byte < size { owners[byte] = index }
    }
    return owners
  }

  private func chunk(
    _ key: Int, _ offset: Int64, _ size: UInt64, at time: Int64 = 1
  ) -> Chunk {
    Chunk(
      fid: FileID(volume: 1, key: UInt64(key), cookie: 9), offset: offset, size: size,
      modifiedNanoseconds: time)
  }

  private func check(_ chunks: [Chunk], size: Int, _ comment: Comment) throws {
    let view = try ChunkView(chunks: chunks, size: UInt64(size))
    let owners = model(chunks, size: size)
    var position: Int64 = 0
    for piece in view.pieces(in: 0..<Int64(size)) {
      try #require(piece.fileRange.lowerBound == position, comment)
      try #require(!piece.fileRange.isEmpty, comment)
      for byte in piece.fileRange {
        let owner = owners[Int(byte)]
        try #require(piece.chunk?.fid == owner.flatMap { chunks[$0].fid }, comment)
        if let owner {
          let expected = UInt64(byte - chunks[owner].offset)
          let actual = piece.needleOffset + UInt64(byte - piece.fileRange.lowerBound)
          try #require(actual == expected, comment)
        }
      }
      position = piece.fileRange.upperBound
    }
    try #require(position == Int64(size), comment)
    for offset in stride(from: 0, through: size, by: 3) {
      let data = owners[offset...].firstIndex { $0 != nil }
      let hole = owners[offset...].firstIndex { $0 == nil } ?? size
      try #require(view.nextData(from: Int64(offset)) == data.map(Int64.init), comment)
      try #require(view.nextHole(from: Int64(offset)) == Int64(hole), comment)
    }
  }

  @Test func randomOverlapsEqualTheByteByByteModel() throws {
    var seeds = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let seed = UInt64.random(in: 0...UInt64.max, using: &seeds)
      var random = SplitMix(seed)
      let size = Int.random(in: 0...200, using: &random)
      let count = Int.random(in: 0...30, using: &random)
      let times = Int64.random(in: 1...40, using: &random)
      let chunks = (0..<count).map { key in
        chunk(
          key + 1, Int64.random(in: 0...220, using: &random),
          UInt64.random(in: 0...60, using: &random), at: Int64.random(in: 0...times, using: &random)
        )
      }
      try check(chunks, size: size, "seed \(seed)")
    }
  }

  @Test func newestChunkWinsWhateverTheListOrder() throws {
    let old = chunk(1, 0, 10, at: 5)
    let new = chunk(2, 3, 4, at: 6)
    for chunks in [[old, new], [new, old]] {
      let pieces = try ChunkView(chunks: chunks, size: 10).pieces(in: 0..<10)
      #expect(pieces.map(\.chunk?.fid?.key) == [1, 2, 1])
      #expect(pieces.map(\.fileRange) == [0..<3, 3..<7, 7..<10])
      #expect(pieces.map(\.needleOffset) == [0, 0, 7])
    }
  }

  @Test func amongEqualTimesTheChunkThatStartsFirstWins() throws {
    let chunks = [chunk(2, 5, 10), chunk(1, 0, 10)]
    let pieces = try ChunkView(chunks: chunks, size: 15).pieces(in: 0..<15)
    #expect(pieces.map(\.chunk?.fid?.key) == [1, 2])
    #expect(pieces.map(\.fileRange) == [0..<10, 10..<15])
  }

  @Test func amongEqualTimesAndStartsTheFirstInTheListWins() throws {
    let chunks = [chunk(1, 0, 10), chunk(2, 0, 20)]
    let pieces = try ChunkView(chunks: chunks, size: 20).pieces(in: 0..<20)
    #expect(pieces.map(\.chunk?.fid?.key) == [1, 2])
  }

  @Test func piecesAreClippedToTheRangeAndTheFile() throws {
    let view = try ChunkView(chunks: [chunk(1, 4, 8)], size: 10)
    let pieces = view.pieces(in: 6..<100)
    #expect(pieces.map(\.fileRange) == [6..<10])
    #expect(pieces.map(\.needleOffset) == [2])
    #expect(view.pieces(in: 10..<20).isEmpty)
    #expect(view.pieces(in: -5..<2).map(\.fileRange) == [0..<2])
    #expect(view.pieces(in: 3..<3).isEmpty)
  }

  @Test func tailBehindTheLastChunkIsAHole() throws {
    let view = try ChunkView(chunks: [chunk(1, 0, 4)], size: 1 << 40)
    #expect(view.nextHole(from: 0) == 4)
    #expect(view.nextData(from: 4) == nil)
    #expect(view.pieces(in: 2..<8).map { $0.chunk == nil } == [false, true])
    #expect(view.nextHole(from: 1 << 40) == 1 << 40)
  }

  @Test func emptyFileHasNothing() throws {
    let view = try ChunkView(chunks: [chunk(1, 0, 10)], size: 0)
    #expect(view.pieces(in: 0..<10).isEmpty)
    #expect(view.nextData(from: 0) == nil)
    #expect(view.nextHole(from: 0) == 0)
  }

  @Test func encryptedAndUnparsableChunksComeBackWhole() throws {
    var secret = chunk(1, 0, 10)
    secret.cipherKey = [UInt8](repeating: 7, count: 32)
    secret.isCompressed = true
    let broken = Chunk(
      fid: nil, fileIDText: "nonsense", offset: 10, size: 5, modifiedNanoseconds: 2)
    let pieces = try ChunkView(chunks: [secret, broken], size: 15).pieces(in: 0..<15)
    #expect(pieces.map(\.chunk) == [secret, broken])
  }

  @Test(arguments: [
    Chunk(fid: nil, offset: -1, size: 5, modifiedNanoseconds: 1),
    Chunk(fid: nil, offset: 0, size: UInt64(1) << 63, modifiedNanoseconds: 1),
    Chunk(fid: nil, offset: Int64.max - 2, size: 5, modifiedNanoseconds: 1),
    Chunk(fid: nil, offset: 0, size: 5, modifiedNanoseconds: 1, isManifest: true),
  ])
  func absurdChunksAreCorrupt(_ chunk: Chunk) {
    let error = #expect(throws: FSError.self) { try ChunkView(chunks: [chunk], size: 10) }
    #expect(error?.code == .corrupt)
  }

  @Test func absurdSizeIsCorrupt() {
    let error = #expect(throws: FSError.self) { try ChunkView(chunks: [], size: .max) }
    #expect(error?.code == .corrupt)
  }

  @Test func hundredThousandOverlappingChunksAreResolved() throws {
    let chunks = (0..<100_000).map { index in
      chunk(index + 1, Int64(index) * 10, 1000, at: Int64(index * 7919 % 100_003))
    }
    let view = try ChunkView(chunks: chunks, size: 1_000_990)
    var position: Int64 = 0
    for piece in view.pieces(in: 0..<1_000_990) {
      #expect(piece.fileRange.lowerBound == position)
      position = piece.fileRange.upperBound
    }
    #expect(position == 1_000_990)
  }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
