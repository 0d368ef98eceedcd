import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct ReadWriteTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test(arguments: [0, 1, 4095, 4096, 4097, 131_072, 2_097_153, 9_000_000])
  func bytesComeBack(count: Int) throws {
    var random = SeededRandom(seed: UInt64(count))
    let bytes = random.bytes(count: count)
    try Posix.write(scratch("f"), bytes)
    #expect(try Posix.stat(scratch("f")).size == count)
    #expect(try Posix.read(scratch("f")) == bytes)
  }

  @Test func holesAreZeros() throws {
    let file = try Posix.create(scratch("f"))
    try file.write("end", at: 20_000_000)
    try file.write("middle", at: 5_000_000)
    #expect(try file.read(10, at: 0) == [UInt8](repeating: 0, count: 10))
    #expect(try file.read(8, at: 4_999_999) == [0] + Array("middle".utf8) + [0])
    try file.close()
    let again = try Posix.open(scratch("f"), O_RDONLY)
    #expect(try again.status().size == 20_000_003)
    #expect(try again.read(8, at: 4_999_999) == [0] + Array("middle".utf8) + [0])
    #expect(try again.read(10, at: 19_999_999) == [0] + Array("end".utf8))
    #expect(try again.read(1 << 20, at: 10_000_000).allSatisfy { $0 == 0 })
  }

  @Test func overwritesWin() throws {
    var bytes = [UInt8](repeating: 1, count: 3_000_000)
    try Posix.write(scratch("f"), bytes)
    let file = try Posix.open(scratch("f"), O_RDWR)
    var random = SeededRandom(seed: 42)
    for round in 0..<200 {
      let offset = Int.random(in: 0..<2_900_000, using: &random)
      let part = [UInt8](repeating: UInt8(round % 250) + 2, count: 1 + Int(random.next() % 70_000))
      try file.write(part, at: offset)
      let end = offset + part.count
      if end > bytes.count { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
      bytes.replaceSubrange(offset..<end, with: part)
      if round % 50 == 20 { try file.sync() }
    }
    #expect(try file.readToEnd() == bytes)
    try file.close()
    #expect(try Posix.read(scratch("f")) == bytes)
  }

  @Test func readerSeesUnflushedBytesOfAnotherHandle() throws {
    let writer = try Posix.create(scratch("f"))
    let reader = try Posix.open(scratch("f"), O_RDONLY)
    try writer.write("one")
    #expect(try reader.readToEnd() == Array("one".utf8))
    try writer.write("two")
    #expect(try reader.readToEnd() == Array("onetwo".utf8))
    #expect(try Posix.stat(scratch("f")).size == 6)
  }

  @Test func writersOfTwoHandlesKeepBothBytes() throws {
    let one = try Posix.create(scratch("f"))
    let two = try Posix.open(scratch("f"), O_WRONLY)
    try one.write([UInt8](repeating: 1, count: 1000), at: 0)
    try two.write([UInt8](repeating: 2, count: 1000), at: 1000)
    try one.write([UInt8](repeating: 3, count: 10), at: 1500)
    try two.close()
    try one.close()
    let bytes = try Posix.read(scratch("f"))
    #expect(bytes.count == 2000)
    #expect(bytes[0] == 1 && bytes[1499] == 2 && bytes[1500] == 3 && bytes[1510] == 2)
  }

  @Test func appendGoesToTheEnd() throws {
    try Posix.write(scratch("f"), "start;")
    let one = try Posix.open(scratch("f"), O_WRONLY | O_APPEND)
    let two = try Posix.open(scratch("f"), O_WRONLY | O_APPEND)
    for round in 0..<20 {
      try one.write("a\(round);")
      try two.write("b\(round);")
    }
    try one.close()
    try two.close()
    let parts = try Posix.readText(scratch("f")).split(separator: ";").map(String.init)
    #expect(parts.count == 41 && Set(parts).count == 41)
    #expect(parts.filter { $0.hasPrefix("a") } == (0..<20).map { "a\($0)" })
  }

  @Test func appendRecordsOfManyProcessesAreUnbroken() throws {
    let script = """
      import os, sys
      fd = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
      for i in range(100):
          os.write(fd, (sys.argv[2] * 59 + "\\n").encode())
      os.close(fd)
      """
    try Command.shell(
      "for c in a b c d; do python3 -c '\(script)' '\(scratch("f"))' $c & done; wait")
    let lines = try Posix.readText(scratch("f")).split(separator: "\n")
    #expect(lines.count == 400)
    #expect(lines.allSatisfy { $0.count == 59 && Set($0).count == 1 })
  }

  @Test func manySmallWritesMakeOneFile() throws {
    let file = try Posix.create(scratch("f"))
    var expected: [UInt8] = []
    for index in 0..<5000 {
      let part = Array("line \(index)\n".utf8)
      try file.write(part)
      expected += part
    }
    try file.close()
    #expect(try Posix.read(scratch("f")) == expected)
  }

  @Test func changesTimes() throws {
    try Posix.write(scratch("f"), "x")
    let before = try Posix.stat(scratch("f"))
    pause(seconds: 0.01)
    let file = try Posix.open(scratch("f"), O_WRONLY)
    try file.write("y")
    try file.close()
    let after = try Posix.stat(scratch("f"))
    #expect(after.mtime > before.mtime && after.ctime > before.ctime)
  }

  @Test func openingForWritingWithoutWritingChangesNothing() throws {
    try Posix.write(scratch("f"), "x")
    let before = try Posix.stat(scratch("f"))
    try Posix.open(scratch("f"), O_RDWR).close()
    let after = try Posix.stat(scratch("f"))
    #expect(after.mtime == before.mtime && after.ctime == before.ctime)
  }

  @Test func refusals() throws {
    try Posix.write(scratch("f"), "x")
    let reader = try Posix.open(scratch("f"), O_RDONLY)
    #expect(throws: PosixError(EBADF)) { try reader.write("y") }
    let writer = try Posix.open(scratch("f"), O_WRONLY)
    #expect(throws: PosixError(EBADF)) { try writer.read(1) }
    #expect(throws: PosixError(EISDIR)) {
      try Posix.open(scratch.path, O_RDONLY | O_DIRECTORY).read(1)
    }
    #expect(throws: PosixError(EINVAL)) { try writer.write([1], at: -5) }
  }

  @Test func readBehindTheEndIsEmpty() throws {
    try Posix.write(scratch("f"), "abc")
    let file = try Posix.open(scratch("f"), O_RDONLY)
    #expect(try file.read(10, at: 3).isEmpty)
    #expect(try file.read(10, at: 1 << 40).isEmpty)
    #expect(try file.read(10, at: 2) == [0x63])
  }

  @Test func vectorsOfBuffers() throws {
    let script = """
      import os, sys
      fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
      assert os.writev(fd, [b"a" * 5000, b"b" * 100, b"c" * 70000]) == 75100
      one, two = bytearray(5050), bytearray(100)
      assert os.preadv(fd, [one, two], 0) == 5150
      assert one == b"a" * 5000 + b"b" * 50 and two == b"b" * 50 + b"c" * 50
      """
    try Command.python(script, [scratch("f")])
  }

  /// Buffer, offset and length on 4096-byte boundaries, past the page cache.
  @Test func directIO() throws {
    let script = """
      import mmap, os, sys
      flags = os.O_RDWR | os.O_CREAT | os.O_DIRECT
      try:
          fd = os.open(sys.argv[1], flags)
      except OSError as e:
          print("refused", e.errno); sys.exit(0)
      page = mmap.mmap(-1, 1 << 20)
      page.write(bytes(range(256)) * 4096)
      assert os.pwrite(fd, page, 0) == 1 << 20
      assert os.pwrite(fd, page, 8 << 20) == 1 << 20
      back = mmap.mmap(-1, 1 << 20)
      assert os.preadv(fd, [back], 8 << 20) == 1 << 20 and back[:] == page[:]
      assert os.preadv(fd, [back], 4 << 20) == 1 << 20 and back[:] == bytes(1 << 20)
      os.close(fd)
      with open(sys.argv[1], "rb") as f:
          assert f.read(1 << 20) == page[:]
      print("done")
      """
    let output = try Command.python(script, [scratch("f")])
    #expect(output == "done\n" || (!MountFixture.hasCluster && output == "refused 22\n"))
  }
}
