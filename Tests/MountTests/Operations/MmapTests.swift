import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct MmapTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func readsThroughAPrivateMapping() throws {
    var random = SeededRandom(seed: 3)
    let bytes = random.bytes(count: 3_000_123)
    try Posix.write(scratch("f"), bytes)
    let file = try Posix.open(scratch("f"), O_RDONLY)
    let address = mmap(nil, bytes.count, PROT_READ, MAP_PRIVATE, file.fd, 0)
    let map = try #require(address != MAP_FAILED ? address : nil)
    defer { munmap(map, bytes.count) }
    #expect(UnsafeRawBufferPointer(start: map, count: bytes.count).elementsEqual(bytes))
  }

  @Test func sharedWritesReachTheFile() throws {
    let count = 1_000_000
    try Posix.write(scratch("f"), [UInt8](repeating: 1, count: count))
    let file = try Posix.open(scratch("f"), O_RDWR)
    let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0)
    let map = try #require(address != MAP_FAILED ? address : nil)
    let bytes = map.assumingMemoryBound(to: UInt8.self)
    bytes[0] = 7
    bytes[500_000] = 8
    bytes[count - 1] = 9
    #expect(msync(map, count, MS_SYNC) == 0)
    #expect(try file.read(1, at: 500_000) == [8])
    bytes[600_000] = 10
    munmap(map, count)
    try file.sync()
    try file.close()
    let stored = try Posix.read(scratch("f"))
    #expect(stored.count == count)
    #expect(stored[0] == 7 && stored[500_000] == 8 && stored[600_000] == 10)
    #expect(stored[count - 1] == 9 && stored[1] == 1)
    if MountFixture.hasCluster {
      #expect(try Posix.read(scratch.onSecondMount("f")) == stored)
    }
  }

  @Test func mappingOutlivesTheDescriptor() throws {
    try Posix.write(scratch("f"), [UInt8](repeating: 1, count: 8192))
    let file = try Posix.open(scratch("f"), O_RDWR)
    let address = mmap(nil, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0)
    let map = try #require(address != MAP_FAILED ? address : nil)
    try file.close()
    map.assumingMemoryBound(to: UInt8.self)[5000] = 99
    #expect(msync(map, 8192, MS_SYNC) == 0)
    munmap(map, 8192)
    #expect(try Posix.read(scratch("f"))[5000] == 99)
  }

  @Test func writesThroughTheFileShowInTheMapping() throws {
    try Posix.write(scratch("f"), [UInt8](repeating: 1, count: 8192))
    let file = try Posix.open(scratch("f"), O_RDWR)
    let address = mmap(nil, 8192, PROT_READ, MAP_SHARED, file.fd, 0)
    let map = try #require(address != MAP_FAILED ? address : nil)
    defer { munmap(map, 8192) }
    try file.write([5], at: 100)
    #expect(map.assumingMemoryBound(to: UInt8.self)[100] == 5)
  }
}
