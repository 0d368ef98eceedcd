import Glibc
import SwfsCore
import Testing

@testable import SwfsCache

@Suite struct DiskChunkCacheTests {
  let budget = MemoryBudget(bytesMax: 64 << 20)

  @Test func storedBlockReadsBackWholeAndInParts() throws {
    try withDirectory { directory in
      let cache = try open(directory)
      let bytes = sample(100_000)
      try put(cache, bytes, key(1, 100_000))
      let ranges = [
        0..<100_000, 0..<1, 99_999..<100_000, 5..<70_000, 16_384..<32_768, 16_000..<17_000,
        98_304..<100_000, 40_000..<40_000,
      ]
      for range in ranges {
        let read = get(cache, key(1, 100_000), range)
        let isRight = read == Array(bytes[range])
        #expect(isRight, "\(range)")
      }
    }
  }

  @Test func absentBlockAndOtherLengthsAreMisses() throws {
    try withDirectory { directory in
      let cache = try open(directory)
      try put(cache, sample(1000), key(1))
      #expect(get(cache, key(2), 0..<1000) == nil)
      let shorter = BlockKey(fid: key(1).fid, start: 0, count: 999)
      #expect(get(cache, shorter, 0..<999) == nil)
      let other = BlockKey(
        fid: FileID(volume: 1, key: 1, cookie: 8), start: 0, count: 1000)
      #expect(get(cache, other, 0..<1000) == nil)
    }
  }

  @Test func blocksSurviveARestart() throws {
    try withDirectory { directory in
      let bytes = (1...5).map { sample(20_000 + $0) }
      do {
        let cache = try open(directory)
        for number in 0..<5 { try put(cache, bytes[number], key(number, bytes[number].count)) }
        cache.close()
      }
      let cache = try open(directory)
      try cache.settle(context)
      for number in 0..<5 {
        let read = get(cache, key(number, bytes[number].count), 0..<bytes[number].count)
        let isRight = read == bytes[number]
        #expect(isRight)
      }
      #expect(
        cache.bytes
          == (0..<5).reduce(0) {
            $0 + BlockFile.fileBytes(key($1, bytes[$1].count))
          })
    }
  }

  @Test func everyFlippedByteIsNoticedAndTheBlockDropped() throws {
    try withDirectory { directory in
      let bytes = sample(40_000)
      let size = BlockFile.fileBytes(key(1, 40_000))
      for position in [0, 9, 30, 45, 50, 56, 60, 100, 20_000, size - 1] {
        let cache = try open(directory)
        try put(cache, bytes, key(1, 40_000))
        let file = try #require(files(directory).first)
        try change(file) { $0[position] ^= 0x40 }
        #expect(get(cache, key(1, 40_000), 0..<40_000) == nil, "byte \(position)")
        #expect(files(directory).isEmpty)
        #expect(cache.bytes == 0)
        #expect(cache.isOn)
        cache.close()
      }
    }
  }

  @Test func truncatedBlockIsDroppedAtOnceAndAtTheNextStart() throws {
    try withDirectory { directory in
      let bytes = sample(40_000)
      var cache = try open(directory)
      try put(cache, bytes, key(1, 40_000))
      #expect(truncate(try #require(files(directory).first), 30_000) == 0)
      #expect(get(cache, key(1, 40_000), 35_000..<36_000) == nil)
      try put(cache, bytes, key(1, 40_000))
      #expect(truncate(try #require(files(directory).first), 30_000) == 0)
      cache.close()
      cache = try open(directory)
      try cache.settle(context)
      #expect(files(directory).isEmpty)
      #expect(cache.bytes == 0)
    }
  }

  @Test func blockMovedToAnotherNameIsNotServed() throws {
    try withDirectory { directory in
      let cache = try open(directory)
      try put(cache, sample(1000), key(1))
      try put(cache, sample(1000).reversed(), key(2))
      let paths = files(directory)
      #expect(paths.count == 2)
      #expect(rename(paths[0], paths[1]) == 0)
      let first = get(cache, key(1), 0..<1000)
      let second = get(cache, key(2), 0..<1000)
      #expect(first == nil)
      #expect(second == nil)
    }
  }

  @Test func anotherClusterNeverSeesTheBlocks() throws {
    try withDirectory { directory in
      let one = try open(directory, identity: "one")
      try put(one, sample(1000), key(1))
      let two = try open(directory, identity: "two")
      try two.settle(context)
      #expect(get(two, key(1), 0..<1000) == nil)
      // Not even when somebody puts the file there.
      let format = BlockFile(identity: "two")
      let path = try #require(files(directory).first)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1000, alignment: 1)
      defer { buffer.deallocate() }
      #expect(throws: BlockFile.Failure.damaged) {
        try format.read(key(1), offset: 0, into: buffer, from: path)
      }
    }
  }

  @Test func twoMountsOfOneDirectoryDoNotTouchEachOther() throws {
    try withDirectory { directory in
      let (one, two) = (try open(directory), try open(directory))
      try put(one, sample(1000), key(1))
      try put(two, sample(2000), key(2, 2000))
      #expect(get(two, key(1), 0..<1000) == nil)
      #expect(get(one, key(2, 2000), 0..<2000) == nil)
      #expect(get(one, key(1), 0..<1000) == sample(1000))
      #expect(get(two, key(2, 2000), 0..<2000) == sample(2000))
    }
  }

  @Test func oldestBlocksGoWhenTheBoundIsReached() throws {
    try withDirectory { directory in
      let size = BlockFile.fileBytes(key(1, 10_000))
      let cache = try open(directory, bytesMax: 4 * size)
      for number in 1...4 { try put(cache, sample(10_000), key(number, 10_000)) }
      #expect(get(cache, key(1, 10_000), 0..<10) != nil)  // used: it stays
      for number in 5...6 { try put(cache, sample(10_000), key(number, 10_000)) }
      #expect(cache.bytes <= 4 * size)
      #expect(files(directory).count == 4)
      let present = (1...6).filter { get(cache, key($0, 10_000), 0..<10) != nil }
      #expect(present == [1, 4, 5, 6])
    }
  }

  @Test func smallerBoundAfterARestartIsKept() throws {
    try withDirectory { directory in
      var cache = try open(directory)
      for number in 1...6 { try put(cache, sample(10_000), key(number, 10_000)) }
      cache.close()
      cache = try open(directory, bytesMax: 2 * BlockFile.fileBytes(key(1, 10_000)))
      try cache.settle(context)
      #expect(files(directory).count == 2)
    }
  }

  @Test func leftoversAndForeignFilesAreRemovedByTheScan() throws {
    try withDirectory { directory in
      var cache = try open(directory)
      try put(cache, sample(1000), key(1))
      let block = try #require(files(directory).first)
      cache.close()
      let fan = String(block[..<(try #require(block.lastIndex(of: "/")))])
      for name in ["rubbish", "1-2-3-4-5", "1-1-7-0-ffffffffffffffffffff"] {
        try write("\(fan)/\(name)", [1, 2, 3])
      }
      cache = try open(directory)
      try cache.settle(context)
      #expect(files(directory) == [block])
    }
  }

  @Test func vanishedFilesAreOnlyMisses() throws {
    try withDirectory { directory in
      let cache = try open(directory)
      try put(cache, sample(1000), key(1))
      #expect(unlink(try #require(files(directory).first)) == 0)
      #expect(get(cache, key(1), 0..<1000) == nil)
      #expect(cache.isOn)
      try put(cache, sample(1000), key(1))
      #expect(get(cache, key(1), 0..<1000) == sample(1000))
    }
  }

  @Test func directoryThatCannotBeUsedOnlyTurnsTheCacheOff() throws {
    try withDirectory { directory in
      try write("\(directory)/file", [])
      let cache = DiskChunkCache(
        directory: "\(directory)/file/below", identity: "x", bytesMax: 1 << 20, budget: budget)
      #expect(!cache.isOn)
      #expect(get(cache, key(1), 0..<1000) == nil)
      cache.store(try buffer(sample(1000)), for: key(1))
      try cache.settle(context)
    }
  }

  @Test func directoryThatOthersCanWriteIsRefused() throws {
    try withDirectory { directory in
      let cache = try open(directory)
      try cache.settle(context)
      cache.close()
      for name in names(directory) { #expect(chmod("\(directory)/\(name)", 0o777) == 0) }
      let again = DiskChunkCache(
        directory: directory, identity: "x", bytesMax: 1 << 20, budget: budget)
      #expect(!again.isOn)
    }
  }

  @Test func failingDiskOnlyTurnsTheCacheOff() throws {
    try withDirectory { directory in
      let cache = try open(directory)
      try put(cache, sample(1000), key(1))
      // The whole place is gone and something else stands there: every system call fails.
      let place = "\(directory)/\(try #require(names(directory).first))"
      #expect(rename(place, "\(directory)/elsewhere") == 0)
      try write(place, [])
      cache.store(try buffer(sample(1000)), for: key(2))
      try cache.settle(context)
      #expect(!cache.isOn)
      #expect(get(cache, key(1), 0..<1000) == nil)
      try eventually { budget.used(for: .chunkCache) == 0 }
    }
  }

  @Test(.enabled(if: geteuid() == 0, "mounting a small file system takes root"))
  func fullDiskOnlyTurnsTheCacheOff() throws {
    try withDirectory { directory in
      try #require(mount("tmpfs", directory, "tmpfs", 0, "size=128k") == 0)
      defer { umount2(directory, Int32(MNT_DETACH)) }
      let cache = try open(directory, freeBytesMin: Int.min / 2)
      try put(cache, sample(40_000), key(1, 40_000))
      let isThere = get(cache, key(1, 40_000), 0..<40_000) == sample(40_000)
      #expect(isThere)
      cache.store(try buffer(sample(200_000)), for: key(2, 200_000))
      try cache.settle(context)
      #expect(!cache.isOn)
      #expect(files(directory).count == 1)  // nothing half-written stays behind
    }
  }

  @Test func spaceIsLeftForOthers() throws {
    try withDirectory { directory in
      var limits = DiskChunkCache.Limits()
      limits.freeBytesMin = Int.max / 2
      let cache = DiskChunkCache(
        directory: directory, identity: "x", bytesMax: 1 << 20, budget: budget, limits: limits)
      cache.store(try buffer(sample(1000)), for: key(1))
      try cache.settle(context)
      #expect(cache.isOn)
      #expect(files(directory).isEmpty)
    }
  }

  @Test func slowDiskTurnsTheCacheOff() throws {
    try withDirectory { directory in
      var limits = DiskChunkCache.Limits()
      limits.freeBytesMin = 0
      limits.slowSeconds = -1
      let cache = DiskChunkCache(
        directory: directory, identity: "x", bytesMax: 1 << 20, budget: budget, limits: limits)
      cache.store(try buffer(sample(1000)), for: key(1))
      try cache.settle(context)
      #expect(!cache.isOn)
    }
  }

  @Test func memoryOfTheIndexComesBack() throws {
    try withDirectory { directory in
      let cache = try open(directory)
      for number in 1...10 { try put(cache, sample(100), key(number, 100)) }
      #expect(budget.used(for: .chunkCache) > 0)
      cache.close()
      try eventually { budget.used == 0 }
    }
  }

  @Test func threadsReadWhileBlocksComeAndGo() throws {
    try withDirectory { directory in
      let size = BlockFile.fileBytes(key(1, 5000))
      let cache = try open(directory, bytesMax: 6 * size)
      let finished = Monitor((threads: 0, wrong: 0))
      for thread in 0..<4 {
        startThread("reader") {
          var wrong = 0
          for round in 0..<200 {
            let number = (thread + round) % 12
            let expected = sample(5000, number)
            if let read = get(cache, key(number, 5000), 0..<5000) {
              if read != expected { wrong += 1 }
            } else if let block = try? buffer(expected) {
              cache.store(block, for: key(number, 5000))
            }
          }
          finished.update { $0 = ($0.threads + 1, $0.wrong + wrong) }
        }
      }
      let wrong = try finished.wait(context, for: "readers") { $0.threads == 4 ? $0.wrong : nil }
      #expect(wrong == 0)
      try cache.settle(context)
      #expect(cache.isOn)
      #expect(cache.bytes <= 6 * size)
    }
  }

  // MARK: Helpers

  var context: OperationContext { .background(seconds: 60) }

  func open(
    _ directory: String, identity: String = "x", bytesMax: Int = 16 << 20, freeBytesMin: Int = 0
  ) throws -> DiskChunkCache {
    var limits = DiskChunkCache.Limits()
    limits.freeBytesMin = freeBytesMin
    limits.slowSeconds = 60
    limits.idleSeconds = 0.2
    let cache = DiskChunkCache(
      directory: directory, identity: identity, bytesMax: bytesMax, budget: budget, limits: limits)
    #expect(cache.isOn)
    return cache
  }

  func key(_ number: Int, _ count: Int = 1000) -> BlockKey {
    BlockKey(
      fid: FileID(volume: 1, key: UInt64(number), cookie: 7), start: 0, count: count)
  }

  func sample(_ count: Int, _ seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ seed) &* 31 &+ $0 >> 8) }
  }

  func buffer(_ bytes: [UInt8]) throws -> BlockBuffer {
    let memory = BlockMemory(budget: budget, purpose: .chunkCache, usualBytes: 0)
    let block = try #require(memory.makeBlock(bytes.count))
    block.unsharedBytes.copyBytes(from: bytes)
    return block
  }

  func put(_ cache: DiskChunkCache, _ bytes: [UInt8], _ key: BlockKey) throws {
    cache.store(try buffer(bytes), for: key)
    try cache.settle(context)
  }

  func get(_ cache: DiskChunkCache, _ key: BlockKey, _ range: Range<Int>) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0xee, count: range.count)
    let found = bytes.withUnsafeMutableBytes {
      cache.read(key, offset: range.lowerBound, into: $0)
    }
    return found ? bytes : nil
  }

  func eventually(_ condition: () -> Bool) throws {
    let context = context
    while !condition() { try context.sleep(seconds: 0.005, "a condition of the test") }
  }
}
