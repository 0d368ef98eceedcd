import CLinux
import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct CopyFileRangeTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func copy(
    _ source: OpenFile, _ offset: Int, _ target: OpenFile, _ targetOffset: Int, _ length: Int
  ) throws -> Int {
    var from = off_t(offset)
    var to = off_t(targetOffset)
    var done = 0
    while done < length {
      let count = try PosixError.check {
        copy_file_range(source.fd, &from, target.fd, &to, length - done, 0)
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  @Test func copiesABigFile() throws {
    var random = SeededRandom(seed: 1)
    let bytes = random.bytes(count: 9_000_001)
    try Posix.write(scratch("a"), bytes)
    let source = try Posix.open(scratch("a"), O_RDONLY)
    let target = try Posix.create(scratch("b"))
    #expect(try copy(source, 0, target, 0, bytes.count + 10) == bytes.count)
    try target.close()
    #expect(try Posix.read(scratch("b")) == bytes)
    // The copy stands alone.
    try Posix.unlink(scratch("a"))
    #expect(try Posix.read(scratch("b")) == bytes)
  }

  @Test func copiesAPartIntoAPart() throws {
    try Posix.write(scratch("a"), "0123456789")
    try Posix.write(scratch("b"), "abcdefghij")
    let source = try Posix.open(scratch("a"), O_RDONLY)
    let target = try Posix.open(scratch("b"), O_RDWR)
    #expect(try copy(source, 2, target, 5, 3) == 3)
    #expect(try target.readToEnd() == Array("abcde234ij".utf8))
    #expect(try copy(source, 8, target, 20, 100) == 2)
    #expect(
      try target.readToEnd() == Array("abcde234ij".utf8) + [UInt8](repeating: 0, count: 10)
        + Array("89".utf8))
  }

  @Test func seesUnflushedBytes() throws {
    let source = try Posix.create(scratch("a"))
    try source.write("not flushed")
    let target = try Posix.create(scratch("b"))
    #expect(try copy(source, 0, target, 0, 11) == 11)
    #expect(try target.readToEnd() == Array("not flushed".utf8))
  }

  @Test func overlapInOneFileIsEINVAL() throws {
    let file = try Posix.create(scratch("a"))
    try file.write("0123456789")
    #expect(throws: PosixError(EINVAL)) { _ = try copy(file, 0, file, 5, 8) }
    #expect(try copy(file, 0, file, 5, 5) == 5)
    #expect(try file.readToEnd() == Array("0123401234".utf8))
  }

  @Test func cpUsesIt() throws {
    var random = SeededRandom(seed: 2)
    try Posix.write(scratch("a"), random.bytes(count: 5_000_000))
    try Command.check(["cp", "--reflink=auto", scratch("a"), scratch("b")])
    try Command.check(["cmp", scratch("a"), scratch("b")])
  }
}
