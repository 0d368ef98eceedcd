import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct UnlinkTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func removesTheName() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.unlink(scratch("f"))
    #expect(!Posix.exists(scratch("f")))
    #expect(try Posix.names(scratch.path).isEmpty)
  }

  @Test func openFileLivesOn() throws {
    let bytes = [UInt8](repeating: 3, count: 5_000_000)
    try Posix.write(scratch("f"), bytes)
    let file = try Posix.open(scratch("f"), O_RDWR)
    try Posix.unlink(scratch("f"))
    #expect(try file.readToEnd() == bytes)
    #expect(try file.status().linkCount == 0)
    try file.write("changed", at: 100)
    #expect(try file.read(7, at: 100) == Array("changed".utf8))
    try file.truncate(10)
    #expect(try file.status().size == 10)
    try file.write([UInt8](repeating: 4, count: 3_000_000), at: 10)
    try file.sync()
    #expect(try file.readToEnd().count == 3_000_010)
    try file.close()
    #expect(try Posix.names(scratch.path).isEmpty)
  }

  @Test func newFileUnlinkedBeforeItsFirstClose() throws {
    let file = try Posix.create(scratch("f"))
    try file.write("temporary")
    try Posix.unlink(scratch("f"))
    try file.write(" data")
    try file.sync()
    #expect(try file.readToEnd() == Array("temporary data".utf8))
    try file.chmod(0o600)
    #expect(try file.status().permissions == 0o600)
    try file.close()
    #expect(!Posix.exists(scratch("f")))
  }

  @Test func secondHandleOfAnUnlinkedFileSeesTheSameBytes() throws {
    try Posix.write(scratch("f"), "before")
    let one = try Posix.open(scratch("f"), O_RDWR)
    let two = try Posix.open(scratch("f"), O_RDONLY)
    try Posix.unlink(scratch("f"))
    try one.write("AFTER!", at: 0)
    #expect(try two.readToEnd() == Array("AFTER!".utf8))
    try one.close()
    #expect(try two.readToEnd() == Array("AFTER!".utf8))
  }

  @Test func newFileOfTheSameNameIsAnotherFile() throws {
    try Posix.write(scratch("f"), "old")
    let old = try Posix.open(scratch("f"), O_RDWR)
    try Posix.unlink(scratch("f"))
    try Posix.write(scratch("f"), "new")
    try old.write("OLD", at: 0)
    try old.sync()
    #expect(try Posix.readText(scratch("f")) == "new")
    #expect(try old.readToEnd() == Array("OLD".utf8))
    #expect(try old.status().inode != Posix.stat(scratch("f")).inode)
    try old.close()
    #expect(try Posix.readText(scratch("f")) == "new")
  }

  @Test func unlinkedFileCanBeReopenedThroughProc() throws {
    try Posix.write(scratch("f"), "still here")
    let file = try Posix.open(scratch("f"), O_RDONLY)
    try Posix.unlink(scratch("f"))
    let again = try Posix.open("/proc/self/fd/\(file.fd)", O_RDONLY)
    #expect(try again.readToEnd() == Array("still here".utf8))
  }

  @Test func refusals() throws {
    try Posix.mkdir(scratch("d"))
    #expect(throws: PosixError(EISDIR)) { try Posix.unlink(scratch("d")) }
    #expect(throws: PosixError(ENOENT)) { try Posix.unlink(scratch("none")) }
    try Posix.write(scratch("f"), "x")
    #expect(throws: PosixError(ENOTDIR)) { try Posix.unlink(scratch("f/x")) }
    #expect(try Command.asUser("rm -f '\(scratch("f"))'").status != 0)
    #expect(Posix.exists(scratch("f")))
  }

  @Test func changesTheParentsTimes() throws {
    try Posix.mkdir(scratch("p"))
    try Posix.write(scratch("p/f"), "x")
    let before = try Posix.stat(scratch("p"))
    pause(seconds: 0.01)
    try Posix.unlink(scratch("p/f"))
    let after = try Posix.stat(scratch("p"))
    #expect(after.mtime > before.mtime && after.ctime > before.ctime)
  }
}
