import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct TruncateTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func shrinks() throws {
    try Posix.write(scratch("f"), "0123456789")
    try Posix.truncate(scratch("f"), 4)
    #expect(try Posix.stat(scratch("f")).size == 4)
    #expect(try Posix.readText(scratch("f")) == "0123")
  }

  @Test func growsWithZeros() throws {
    try Posix.write(scratch("f"), "ab")
    try Posix.truncate(scratch("f"), 6)
    #expect(try Posix.read(scratch("f")) == [0x61, 0x62, 0, 0, 0, 0])
  }

  @Test func bytesCutOffDoNotComeBack() throws {
    try Posix.write(scratch("f"), [UInt8](repeating: 7, count: 10_000))
    try Posix.truncate(scratch("f"), 100)
    try Posix.truncate(scratch("f"), 10_000)
    let bytes = try Posix.read(scratch("f"))
    #expect(bytes.count == 10_000)
    #expect(bytes[..<100].allSatisfy { $0 == 7 } && bytes[100...].allSatisfy { $0 == 0 })
  }

  @Test func bytesCutOffAnOpenFileDoNotComeBack() throws {
    let file = try Posix.create(scratch("f"))
    try file.write([UInt8](repeating: 7, count: 10_000))
    try file.truncate(100)
    #expect(try file.status().size == 100)
    try file.write("end", at: 200)
    let bytes = try file.readToEnd()
    #expect(bytes.count == 203)
    #expect(bytes[100..<200].allSatisfy { $0 == 0 })
    try file.close()
    #expect(try Posix.read(scratch("f")) == bytes)
  }

  @Test func otherHandlesSeeTheNewSize() throws {
    let writer = try Posix.create(scratch("f"))
    try writer.write("0123456789")
    let reader = try Posix.open(scratch("f"), O_RDONLY)
    try writer.truncate(3)
    #expect(try reader.readToEnd() == Array("012".utf8))
    #expect(try reader.status().size == 3)
  }

  @Test func toZeroAndBack() throws {
    try Posix.write(scratch("f"), "abc")
    try Posix.truncate(scratch("f"), 0)
    #expect(try Posix.read(scratch("f")).isEmpty)
    try Posix.write(scratch("f"), "xyz")
    #expect(try Posix.readText(scratch("f")) == "xyz")
  }

  @Test func acrossChunkSizedBoundaries() throws {
    let size = 9 << 20
    let file = try Posix.create(scratch("f"))
    try file.write([UInt8](repeating: 1, count: size))
    for cut in [8 << 20, (4 << 20) + 1, (4 << 20) - 1, 4096, 1] {
      try file.truncate(cut)
      #expect(try file.status().size == cut)
      #expect(try file.read(10, at: cut - 1) == [1])
    }
    try file.close()
    #expect(try Posix.read(scratch("f")) == [1])
  }

  @Test func hugeSparseSize() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.truncate(scratch("f"), 1 << 40)
    #expect(try Posix.stat(scratch("f")).size == 1 << 40)
    let file = try Posix.open(scratch("f"), O_RDONLY)
    #expect(try file.read(4, at: 1 << 39) == [0, 0, 0, 0])
    #expect(try file.read(1, at: 0) == [0x78])
  }

  @Test func changesMtimeAndCtime() throws {
    try Posix.write(scratch("f"), "abc")
    try Posix.utimens(
      scratch("f"), atime: timespec(tv_sec: 1, tv_nsec: 0), mtime: timespec(tv_sec: 1, tv_nsec: 0))
    let before = try Posix.stat(scratch("f"))
    try Posix.truncate(scratch("f"), 1)
    let after = try Posix.stat(scratch("f"))
    #expect(after.mtime > before.mtime && after.ctime >= before.ctime)
  }

  @Test func refusals() throws {
    try Posix.mkdir(scratch("d"))
    #expect(throws: PosixError(EISDIR)) { try Posix.truncate(scratch("d"), 0) }
    #expect(throws: PosixError(ENOENT)) { try Posix.truncate(scratch("none"), 0) }
    try Posix.write(scratch("f"), "x")
    #expect(throws: PosixError(EINVAL)) { try Posix.truncate(scratch("f"), -1) }
    let reader = try Posix.open(scratch("f"), O_RDONLY)
    #expect(throws: PosixError(EINVAL)) { try reader.truncate(0) }
  }

  @Test func openWithTruncateEmptiesTheFile() throws {
    try Posix.write(scratch("f"), "abc")
    let file = try Posix.open(scratch("f"), O_RDWR | O_TRUNC)
    #expect(try file.status().size == 0)
    try file.close()
    #expect(try Posix.read(scratch("f")).isEmpty)
  }
}
