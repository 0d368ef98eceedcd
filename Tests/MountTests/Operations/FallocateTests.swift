import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct FallocateTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func makesRoomAndSize() throws {
    let file = try Posix.create(scratch("f"))
    try file.write("data")
    try file.allocate(mode: 0, offset: 0, length: 10_000)
    #expect(try file.status().size == 10_000)
    #expect(try file.read(10, at: 0) == Array("data".utf8) + [0, 0, 0, 0, 0, 0])
    try file.allocate(mode: 0, offset: 0, length: 100)
    #expect(try file.status().size == 10_000)
    try file.close()
    #expect(try Posix.stat(scratch("f")).size == 10_000)
  }

  @Test func keepSizeKeepsTheSize() throws {
    let file = try Posix.create(scratch("f"))
    try file.write("data")
    try file.allocate(mode: Linux.keepSize, offset: 0, length: 1_000_000)
    #expect(try file.status().size == 4)
  }

  @Test func punchedHoleReadsAsZeros() throws {
    let size = 6_000_000
    let file = try Posix.create(scratch("f"))
    try file.write([UInt8](repeating: 7, count: size))
    try file.sync()
    try file.allocate(
      mode: Linux.punchHole | Linux.keepSize, offset: 1_000_001, length: 4_000_000)
    try file.close()
    let bytes = try Posix.read(scratch("f"))
    #expect(bytes.count == size)
    #expect(bytes[..<1_000_001].allSatisfy { $0 == 7 })
    #expect(bytes[1_000_001..<5_000_001].allSatisfy { $0 == 0 })
    #expect(bytes[5_000_001...].allSatisfy { $0 == 7 })
  }

  @Test func punchingBehindTheEndChangesNothing() throws {
    let file = try Posix.create(scratch("f"))
    try file.write("data")
    try file.allocate(mode: Linux.punchHole | Linux.keepSize, offset: 2, length: 1 << 30)
    #expect(try file.readToEnd() == [0x64, 0x61, 0, 0])
  }

  @Test func zeroRangeZeroesAndMayGrow() throws {
    let file = try Posix.create(scratch("f"))
    try file.write([UInt8](repeating: 7, count: 10_000))
    do {
      try file.allocate(mode: Linux.zeroRange, offset: 5000, length: 10_000)
    } catch let error as PosixError {
      // tmpfs has no zero range; a mount of ours does.
      #expect(error.code == EOPNOTSUPP && !MountFixture.hasCluster)
      return
    }
    #expect(try file.status().size == 15_000)
    let bytes = try file.readToEnd()
    #expect(bytes[..<5000].allSatisfy { $0 == 7 } && bytes[5000...].allSatisfy { $0 == 0 })
    try file.allocate(
      mode: Linux.zeroRange | Linux.keepSize, offset: 0, length: 100_000)
    #expect(try file.status().size == 15_000)
    #expect(try file.readToEnd().allSatisfy { $0 == 0 })
  }

  @Test func unsupportedModesAreRefusedAndChangeNothing() throws {
    guard MountFixture.hasCluster else { return }
    let file = try Posix.create(scratch("f"))
    try file.write([UInt8](repeating: 7, count: 16_384))
    for mode in [Linux.collapseRange, Linux.insertRange] {
      #expect(throws: PosixError(EOPNOTSUPP)) {
        try file.allocate(mode: mode, offset: 4096, length: 4096)
      }
    }
    #expect(try file.readToEnd() == [UInt8](repeating: 7, count: 16_384))
  }

  @Test func posixFallocateWorks() throws {
    let file = try Posix.create(scratch("f"))
    #expect(posix_fallocate(file.fd, 0, 1_000_000) == 0)
    #expect(try file.status().size == 1_000_000)
  }

  @Test func refusals() throws {
    let file = try Posix.create(scratch("f"))
    #expect(throws: PosixError(EINVAL)) { try file.allocate(mode: 0, offset: 0, length: 0) }
    #expect(throws: PosixError(EINVAL)) { try file.allocate(mode: 0, offset: -1, length: 5) }
    let reader = try Posix.open(scratch("f"), O_RDONLY)
    #expect(throws: PosixError(EBADF)) { try reader.allocate(mode: 0, offset: 0, length: 5) }
  }
}
