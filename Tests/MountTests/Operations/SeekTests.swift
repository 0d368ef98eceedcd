import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct SeekTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func positionsMove() throws {
    let file = try Posix.create(scratch("f"))
    try file.write("0123456789")
    #expect(try file.seek(-3, SEEK_END) == 7)
    #expect(try file.read(10) == Array("789".utf8))
    #expect(try file.seek(2, SEEK_SET) == 2)
    #expect(try file.seek(3, SEEK_CUR) == 5)
    #expect(throws: PosixError(EINVAL)) { try file.seek(-1, SEEK_SET) }
  }

  /// Whatever the block size: data is never called a hole, and both calls make progress.
  @Test func dataAndHolesOfASparseFile() throws {
    let file = try Posix.create(scratch("f"))
    try file.write([UInt8](repeating: 1, count: 8192), at: 4 << 20)
    try file.write([UInt8](repeating: 2, count: 8192), at: 12 << 20)
    try file.truncate(16 << 20)
    try file.sync()
    #expect(try file.seek(0, Linux.seekData) <= 4 << 20)
    let hole = try file.seek(4 << 20, Linux.seekHole)
    #expect(hole >= (4 << 20) + 8192 && hole <= 12 << 20)
    let data = try file.seek((4 << 20) + 8192, Linux.seekData)
    #expect(data <= 12 << 20)
    #expect(try file.seek(12 << 20, Linux.seekData) == 12 << 20)
    if MountFixture.hasCluster {
      #expect(try file.seek(0, Linux.seekData) == 4 << 20)
      #expect(hole == (4 << 20) + 8192 && data == 12 << 20)
      #expect(throws: PosixError(ENXIO)) { try file.seek(13 << 20, Linux.seekData) }
    }
  }

  @Test func behindTheEndIsENXIO() throws {
    let file = try Posix.create(scratch("f"))
    try file.write("abc")
    #expect(throws: PosixError(ENXIO)) { try file.seek(3, Linux.seekData) }
    #expect(throws: PosixError(ENXIO)) { try file.seek(4, Linux.seekHole) }
    #expect(try file.seek(1, Linux.seekHole) == 3)
    #expect(try file.seek(1, Linux.seekData) == 1)
  }

  @Test func unflushedDataIsData() throws {
    let file = try Posix.create(scratch("f"))
    try file.truncate(1 << 20)
    try file.write("x", at: 500_000)
    let data = try file.seek(0, Linux.seekData)
    #expect(data <= 500_000)
    #expect(try file.seek(500_000, Linux.seekData) == 500_000)
  }

  @Test func sparseCopyKeepsTheBytes() throws {
    let file = try Posix.create(scratch("f"))
    try file.write("start", at: 0)
    try file.write("end", at: 30 << 20)
    try file.close()
    try Command.check(["cp", "--sparse=auto", scratch("f"), scratch("g")])
    try Command.check(["cmp", scratch("f"), scratch("g")])
  }
}
