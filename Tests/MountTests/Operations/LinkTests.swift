import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct LinkTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func bothNamesAreOneFile() throws {
    try Posix.write(scratch("a"), "one")
    try Posix.link(scratch("a"), scratch("b"))
    let (a, b) = (try Posix.stat(scratch("a")), try Posix.stat(scratch("b")))
    #expect(a.inode == b.inode && a.linkCount == 2 && b.linkCount == 2)
    let file = try Posix.open(scratch("b"), O_WRONLY | O_APPEND)
    try file.write("two")
    try file.close()
    #expect(try Posix.readText(scratch("a")) == "onetwo")
    try Posix.chmod(scratch("a"), 0o600)
    #expect(try Posix.stat(scratch("b")).permissions == 0o600)
  }

  @Test func countFollowsLinkAndUnlink() throws {
    try Posix.write(scratch("f0"), "x")
    for index in 1...9 {
      try Posix.link(scratch("f0"), scratch("f\(index)"))
      #expect(try Posix.stat(scratch("f0")).linkCount == index + 1)
    }
    for index in 0...8 {
      try Posix.unlink(scratch("f\(index)"))
      #expect(try Posix.stat(scratch("f9")).linkCount == 9 - index)
    }
    #expect(try Posix.readText(scratch("f9")) == "x")
  }

  @Test func firstNameCanGo() throws {
    try Posix.write(scratch("a"), [UInt8](repeating: 5, count: 2_500_000))
    try Posix.link(scratch("a"), scratch("b"))
    try Posix.unlink(scratch("a"))
    #expect(try Posix.read(scratch("b")) == [UInt8](repeating: 5, count: 2_500_000))
    #expect(try Posix.stat(scratch("b")).linkCount == 1)
  }

  @Test func ofAFileOpenForWriting() throws {
    let file = try Posix.create(scratch("a"))
    try file.write("one")
    try Posix.link(scratch("a"), scratch("b"))
    try file.write("two")
    try file.close()
    #expect(try Posix.readText(scratch("a")) == "onetwo")
    #expect(try Posix.readText(scratch("b")) == "onetwo")
    #expect(try Posix.stat(scratch("b")).linkCount == 2)
  }

  @Test func acrossDirectories() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.mkdir(scratch("e"))
    try Posix.write(scratch("a"), "x")
    try Posix.link(scratch("a"), scratch("d/b"))
    try Posix.rename(scratch("d/b"), scratch("e/b"))
    #expect(try Posix.stat(scratch("e/b")).inode == Posix.stat(scratch("a")).inode)
    #expect(try Posix.stat(scratch("a")).linkCount == 2)
  }

  /// Filer 4.48 cannot move such a directory. It is moved, or refused at once with nothing changed.
  @Test func aDirectoryWithALinkInsideMovesOrIsRefused() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.write(scratch("a"), "x")
    try Posix.link(scratch("a"), scratch("d/b"))
    do {
      try Posix.rename(scratch("d"), scratch("e"))
      #expect(try Posix.readText(scratch("e/b")) == "x")
    } catch let error as PosixError where error.code == EXDEV {
      #expect(try Posix.readText(scratch("d/b")) == "x")
    }
    #expect(try Posix.stat(scratch("a")).linkCount == 2)
  }

  @Test func ofASymlinkLinksTheSymlink() throws {
    try Posix.symlink("nowhere", scratch("s"))
    try Posix.link(scratch("s"), scratch("t"))
    #expect(try Posix.readlink(scratch("t")) == "nowhere")
    #expect(try Posix.lstat(scratch("s")).linkCount == 2)
  }

  @Test func changesCtimeOfTheFile() throws {
    try Posix.write(scratch("a"), "x")
    let before = try Posix.stat(scratch("a"))
    pause(seconds: 0.01)
    try Posix.link(scratch("a"), scratch("b"))
    let after = try Posix.stat(scratch("a"))
    #expect(after.ctime > before.ctime && after.mtime == before.mtime)
  }

  @Test func refusals() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.write(scratch("a"), "x")
    try Posix.write(scratch("b"), "y")
    #expect(throws: PosixError(EPERM)) { try Posix.link(scratch("d"), scratch("x")) }
    #expect(throws: PosixError(EEXIST)) { try Posix.link(scratch("a"), scratch("b")) }
    #expect(throws: PosixError(ENOENT)) { try Posix.link(scratch("none"), scratch("x")) }
    #expect(throws: PosixError(ENOENT)) { try Posix.link(scratch("a"), scratch("none/x")) }
  }
}
