import SwfsCore
import Testing

@testable import SwfsFS

@Suite struct ContentReaderTests {
  static func options(blockBytes: Int = 64 << 10, cacheBytes: Int = 1 << 20)
    -> ContentReaderOptions
  {
    var options = ContentReaderOptions(budgetBytes: 4 << 20)
    options.blockBytes = blockBytes
    options.cacheBytesMax = cacheBytes
    options.aheadBytesMax = cacheBytes / 2
    options.idleSeconds = 0.2
    return options
  }

  static func reader(
    _ store: ScriptedStore, cache: (any ChunkCache)? = nil,
    budget: MemoryBudget = MemoryBudget(bytesMax: 4 << 20),
    options: ContentReaderOptions = options()
  ) -> ContentReader {
    ContentReader(store: store, cache: cache, budget: budget, options: options)
  }

  static func context(_ seconds: Double = 60) -> OperationContext {
    .background(seconds: seconds)
  }

  static func read(
    _ reader: ContentReader, _ view: ChunkView, _ pattern: ReadPattern, _ range: Range<Int64>,
    _ context: OperationContext = context()
  ) throws(FSError) -> [UInt8] {
    // Filled with something, so that a byte nobody wrote is noticed.
    var bytes = [UInt8](repeating: 0xee, count: range.count)
    var failure: FSError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(FSError) {
        try reader.read(view, pattern: pattern, range: range, into: buffer, context)
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  @Test func sequentialReadGivesEveryByteAndFetchesEachBlockOnce() throws {
    let file = SampleFile(chunks: 8, of: 256 << 10)
    let store = ScriptedStore(file.needles)
    let reader = Self.reader(store)
    let (view, pattern) = (try file.view(), reader.pattern())
    let step: Int64 = 32 << 10
    for offset in stride(from: 0, to: Int64(file.content.count), by: Int(step)) {
      let bytes = try Self.read(reader, view, pattern, offset..<offset + step)
      #expect(bytes == Array(file.content[Int(offset)..<Int(offset + step)]))
    }
    let blocks = store.reads.filter { $0.count == 64 << 10 }
    #expect(Set(blocks.map { [$0.key, $0.offset] }).count == blocks.count)
    #expect(blocks.count == 32)
  }

  @Test func sequentialReadFetchesAheadInParallel() throws {
    let file = SampleFile(chunks: 8, of: 256 << 10)
    // The third block waits until the fourth one has been asked for: only parallel fetching gets by.
    let fourthAsked = Monitor(false)
    let store = ScriptedStore(file.needles) { (_, read, context) throws(FSError) in
      if read.key == 1, read.offset == 192 << 10 { fourthAsked.update { $0 = true } }
      if read.key == 1, read.offset == 128 << 10 {
        try fourthAsked.wait(context, for: "the next block") { $0 ? () : nil }
      }
    }
    let reader = Self.reader(store)
    let (view, pattern) = (try file.view(), reader.pattern())
    for offset in stride(from: Int64(0), to: 1 << 20, by: 32 << 10) {
      let bytes = try Self.read(reader, view, pattern, offset..<offset + 32 << 10)
      #expect(bytes == Array(file.content[Int(offset)..<Int(offset) + 32 << 10]))
    }
    #expect(store.mostAtOnce >= 2)
  }

  @Test func randomReadFetchesOnlyWhatIsAsked() throws {
    let file = SampleFile(chunks: 2, of: 4 << 20)
    let store = ScriptedStore(file.needles)
    let reader = Self.reader(store)
    let bytes = try Self.read(reader, try file.view(), reader.pattern(), 5_000_000..<5_004_096)
    #expect(bytes == Array(file.content[5_000_000..<5_004_096]))
    #expect(store.reads == [.init(key: 2, offset: 5_000_000 - 4 << 20, count: 4096)])
    #expect(reader.blocks.residentBytes == 0)
  }

  @Test func blockThatIsMissedAgainAndAgainIsFetchedWhole() throws {
    let file = SampleFile(chunks: 1, of: 4 << 20)
    let store = ScriptedStore(file.needles)
    let reader = Self.reader(store)
    let (view, pattern) = (try file.view(), reader.pattern())
    for round in 0..<20 {
      let offset = Int64(round * 7 % 16) * 4096
      #expect(
        try Self.read(reader, view, pattern, offset..<offset + 100)
          == Array(file.content[Int(offset)..<Int(offset) + 100]))
    }
    #expect(store.reads.count == 8)
    #expect(store.reads.last == .init(key: 1, offset: 0, count: 64 << 10))
  }

  @Test func holesAndWhatLiesBehindTheEndAreZeros() throws {
    var file = SampleFile(size: 1000)
    file.add(offset: 100, size: 50, seed: 1)
    file.add(offset: 700, size: 400, seed: 2)
    let reader = Self.reader(ScriptedStore(file.needles))
    let bytes = try Self.read(reader, try file.view(), reader.pattern(), 0..<1200)
    #expect(bytes == file.content + [UInt8](repeating: 0, count: 200))
    let behind = try Self.read(reader, try file.view(), reader.pattern(), 5000..<5010)
    #expect(behind == [UInt8](repeating: 0, count: 10))
  }

  @Test func randomFilesReadInEveryPatternEqualTheirContent() throws {
    var seeds = SystemRandomNumberGenerator()
    for _ in 0..<20 {
      let seed = UInt64.random(in: 0...UInt64.max, using: &seeds)
      var random = SplitMix(seed)
      let size = Int.random(in: 1...600_000, using: &random)
      var file = SampleFile(size: size)
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        let key = [UInt8](repeating: 1, count: Bool.random(using: &random) ? 32 : 0)
        file.add(
          offset: Int.random(in: 0..<size, using: &random),
          size: Int.random(in: 1...200_000, using: &random), seed: random.next(), cipherKey: key)
      }
      let options = Self.options(
        blockBytes: 16 << 10, cacheBytes: Bool.random(using: &random) ? 64 << 10 : 2 << 20)
      let reader = Self.reader(ScriptedStore(file.needles), options: options)
      let (view, pattern) = (try file.view(), reader.pattern())
      var offset = 0
      for _ in 0..<60 {
        // Mostly onwards, sometimes anywhere.
        if offset >= size || Int.random(in: 0..<6, using: &random) == 0 {
          offset = Int.random(in: 0..<size, using: &random)
        }
        let end = min(offset + Int.random(in: 1...40_000, using: &random), size)
        let bytes = try Self.read(reader, view, pattern, Int64(offset)..<Int64(end))
        let isRight = bytes.elementsEqual(file.content[offset..<end])
        try #require(isRight, "seed \(seed)")
        offset = end
      }
    }
  }

  @Test func encryptedChunkIsFetchedWholeAndOnce() throws {
    var file = SampleFile(size: 300_000)
    file.add(offset: 0, size: 300_000, seed: 1, cipherKey: [UInt8](repeating: 4, count: 32))
    let store = ScriptedStore(file.needles)
    let reader = Self.reader(store)
    let (view, pattern) = (try file.view(), reader.pattern())
    for offset in [Int64(250_000), 10, 100_000] {
      let bytes = try Self.read(reader, view, pattern, offset..<offset + 50)
      #expect(bytes == Array(file.content[Int(offset)..<Int(offset) + 50]))
    }
    #expect(store.reads == [.init(key: 1, offset: 0, count: 300_000)])
  }

  @Test func manySmallNeedlesOfOneReadAreFetchedInParallel() throws {
    let file = SampleFile(chunks: 16, of: 1000)
    // Nobody answers before three have been asked.
    let asked = Monitor(0)
    let store = ScriptedStore(file.needles) { (_, _, context) throws(FSError) in
      asked.update { $0 += 1 }
      try asked.wait(context, for: "company") { $0 >= 3 ? () : nil }
    }
    let reader = Self.reader(store)
    let bytes = try Self.read(reader, try file.view(), reader.pattern(), 0..<16_000)
    #expect(bytes == file.content)
    #expect(store.reads.count == 16)
  }

  @Test func chunksThatCannotBeReadAreSaidToBe() throws {
    let reader = Self.reader(ScriptedStore([:]))
    let broken = Chunk(fid: nil, fileIDText: "x", offset: 0, size: 9, modifiedNanoseconds: 1)
    var sse = SampleFile(chunks: 1, of: 9).chunks[0]
    sse.sseType = 3
    for (chunk, code) in [(broken, FSError.Code.corrupt), (sse, .chunkMissing)] {
      let view = try ChunkView(chunks: [chunk], size: 9)
      let error = #expect(throws: FSError.self) {
        try Self.read(reader, view, reader.pattern(), 0..<9)
      }
      #expect(error?.code == code)
    }
  }

  @Test func bufferOfAnotherLengthIsRefused() throws {
    let reader = Self.reader(ScriptedStore([:]))
    let view = try ChunkView(chunks: [], size: 10)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 5, alignment: 1)
    defer { buffer.deallocate() }
    #expect(throws: FSError.self) {
      try reader.read(view, pattern: reader.pattern(), range: 0..<6, into: buffer, Self.context())
    }
  }
}
