import SwfsCore
import Synchronization
import Testing

@testable import SwfsFS

/// The reader with a second tier behind it.
@Suite struct ContentReaderCacheTests {
  typealias Base = ContentReaderTests

  /// Keeps copies of whatever it is offered.
  final class KeepingCache: ChunkCache {
    private let blocks = Mutex<[BlockKey: [UInt8]]>([:])

    var keys: Set<BlockKey> { blocks.withLock { Set($0.keys) } }

    func read(
      _ key: BlockKey, offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) -> Bool {
      guard let block = blocks.withLock({ $0[key] }) else { return false }
      buffer.copyBytes(from: block[offset..<offset + buffer.count])
      return true
    }

    func store(_ block: BlockBuffer, for key: BlockKey) {
      blocks.withLock { $0[key] = Array(block.bytes) }
    }
  }

  @Test func secondMountReadsWhatTheFirstOneFetched() throws {
    let file = SampleFile(chunks: 4, of: 128 << 10)
    let cache = KeepingCache()
    for round in 1...2 {
      let store = ScriptedStore(file.needles)
      let reader = Base.reader(store, cache: cache)
      let (view, pattern) = (try file.view(), reader.pattern())
      for offset in stride(from: Int64(0), to: Int64(file.content.count), by: 32 << 10) {
        let bytes = try Base.read(reader, view, pattern, offset..<offset + 32 << 10)
        let isRight = bytes.elementsEqual(file.content[Int(offset)..<Int(offset) + 32 << 10])
        #expect(isRight)
      }
      if round == 2 { #expect(store.reads.isEmpty) }
    }
    #expect(cache.keys.count == 8)
  }

  @Test func randomReadIsServedFromAPartOfACachedBlock() throws {
    let file = SampleFile(chunks: 1, of: 128 << 10)
    let cache = KeepingCache()
    let store = ScriptedStore(file.needles)
    let view = try file.view()
    let first = Base.reader(store, cache: cache)
    // Half a block or more pays off as a whole one, for the sake of the next run.
    _ = try Base.read(first, view, first.pattern(), 64 << 10..<100 << 10)
    #expect(store.reads == [.init(key: 1, offset: 64 << 10, count: 64 << 10)])
    let second = Base.reader(store, cache: cache)
    let bytes = try Base.read(second, view, second.pattern(), 70_000..<70_100)
    #expect(bytes == Array(file.content[70_000..<70_100]))
    #expect(store.reads.count == 1)
    #expect(second.blocks.residentBytes == 0)
  }

  @Test func clearBytesOfEncryptedChunksStayOffTheDisk() throws {
    var file = SampleFile(size: 10_000)
    file.add(offset: 0, size: 10_000, seed: 1, cipherKey: [1, 2, 3])
    let cache = KeepingCache()
    let reader = Base.reader(ScriptedStore(file.needles), cache: cache)
    let bytes = try Base.read(reader, try file.view(), reader.pattern(), 0..<10_000)
    #expect(bytes == file.content)
    #expect(cache.keys.isEmpty)
  }
}
