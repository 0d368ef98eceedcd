import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct RenameTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func movesAFileWithItsContentAndInode() throws {
    try Posix.write(scratch("a"), "content")
    let before = try Posix.stat(scratch("a"))
    try Posix.rename(scratch("a"), scratch("b"))
    #expect(!Posix.exists(scratch("a")))
    #expect(try Posix.readText(scratch("b")) == "content")
    #expect(try Posix.stat(scratch("b")).inode == before.inode)
    #expect(try Posix.names(scratch.path) == ["b"])
  }

  @Test func movesBetweenDirectories() throws {
    try Posix.mkdir(scratch("from"))
    try Posix.mkdir(scratch("to"))
    try Posix.write(scratch("from/f"), "x")
    try Posix.rename(scratch("from/f"), scratch("to/g"))
    #expect(try Posix.names(scratch("from")).isEmpty)
    #expect(try Posix.readText(scratch("to/g")) == "x")
  }

  @Test func replacesAnExistingFile() throws {
    try Posix.write(scratch("a"), "new")
    try Posix.write(scratch("b"), "old and longer")
    try Posix.rename(scratch("a"), scratch("b"))
    #expect(try Posix.readText(scratch("b")) == "new")
    #expect(try Posix.names(scratch.path) == ["b"])
  }

  @Test func replacedFileLivesOnWhileOpen() throws {
    try Posix.write(scratch("b"), "old")
    let open = try Posix.open(scratch("b"), O_RDWR)
    try Posix.write(scratch("a"), "new")
    try Posix.rename(scratch("a"), scratch("b"))
    #expect(try open.readToEnd() == Array("old".utf8))
    try open.write("OLDER", at: 0)
    #expect(try open.readToEnd() == Array("OLDER".utf8))
    try open.close()
    #expect(try Posix.readText(scratch("b")) == "new")
  }

  @Test func renamedOpenFileKeepsItsWrites() throws {
    let open = try Posix.create(scratch("a"))
    try open.write("one")
    try Posix.rename(scratch("a"), scratch("b"))
    try open.write("two")
    try open.close()
    #expect(try Posix.readText(scratch("b")) == "onetwo")
    #expect(try Posix.names(scratch.path) == ["b"])
  }

  @Test func fileInARenamedDirectoryKeepsItsWrites() throws {
    try Posix.mkdir(scratch("d"))
    let open = try Posix.create(scratch("d/f"))
    try open.write("one")
    try Posix.rename(scratch("d"), scratch("e"))
    try open.write("two")
    try open.close()
    #expect(try Posix.readText(scratch("e/f")) == "onetwo")
    #expect(try Posix.names(scratch.path) == ["e"])
  }

  @Test func movesADirectoryWithEverythingBelow() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.mkdir(scratch("d/sub"))
    for index in 0..<20 { try Posix.write(scratch("d/sub/\(index)"), "\(index)") }
    try Posix.rename(scratch("d"), scratch("e"))
    #expect(!Posix.exists(scratch("d")))
    #expect(try Posix.names(scratch("e/sub")).count == 20)
    #expect(try Posix.readText(scratch("e/sub/7")) == "7")
  }

  @Test func replacesAnEmptyDirectory() throws {
    try Posix.mkdir(scratch("a"))
    try Posix.write(scratch("a/f"), "x")
    try Posix.mkdir(scratch("b"))
    try Posix.rename(scratch("a"), scratch("b"))
    #expect(try Posix.readText(scratch("b/f")) == "x")
  }

  @Test func refusesToReplaceADirectoryThatIsNotEmpty() throws {
    try Posix.mkdir(scratch("a"))
    try Posix.mkdir(scratch("b"))
    try Posix.write(scratch("b/f"), "x")
    let error = #expect(throws: PosixError.self) {
      try Posix.rename(scratch("a"), scratch("b"))
    }
    #expect(error?.code == ENOTEMPTY || error?.code == EEXIST)
    #expect(try Posix.readText(scratch("b/f")) == "x")
  }

  @Test func refusesKindsThatDoNotFit() throws {
    try Posix.mkdir(scratch("dir"))
    try Posix.write(scratch("file"), "x")
    #expect(throws: PosixError(EISDIR)) { try Posix.rename(scratch("file"), scratch("dir")) }
    #expect(throws: PosixError(ENOTDIR)) { try Posix.rename(scratch("dir"), scratch("file")) }
    #expect(throws: PosixError(ENOENT)) { try Posix.rename(scratch("none"), scratch("file")) }
    #expect(throws: PosixError(ENOTDIR)) { try Posix.rename(scratch("dir"), scratch("file/x")) }
  }

  @Test func refusesToMoveADirectoryIntoItself() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.mkdir(scratch("d/sub"))
    #expect(throws: PosixError(EINVAL)) { try Posix.rename(scratch("d"), scratch("d/sub/x")) }
    #expect(throws: PosixError(EINVAL)) { try Posix.rename(scratch("d"), scratch("d/x")) }
  }

  @Test func ontoItselfChangesNothing() throws {
    try Posix.write(scratch("a"), "x")
    try Posix.rename(scratch("a"), scratch("a"))
    #expect(try Posix.readText(scratch("a")) == "x")
  }

  @Test func betweenTwoLinksOfOneFileChangesNothing() throws {
    try Posix.write(scratch("a"), "x")
    try Posix.link(scratch("a"), scratch("b"))
    try Posix.rename(scratch("a"), scratch("b"))
    #expect(try Posix.names(scratch.path).sorted() == ["a", "b"])
    #expect(try Posix.stat(scratch("a")).linkCount == 2)
  }

  @Test func overALinkedNameLeavesTheOtherName() throws {
    try Posix.write(scratch("a"), "linked")
    try Posix.link(scratch("a"), scratch("b"))
    try Posix.write(scratch("c"), "new")
    try Posix.rename(scratch("c"), scratch("b"))
    #expect(try Posix.readText(scratch("a")) == "linked")
    #expect(try Posix.stat(scratch("a")).linkCount == 1)
    #expect(try Posix.readText(scratch("b")) == "new")
  }

  @Test func movesLinksSymlinksAndSpecialFiles() throws {
    try Posix.symlink("nowhere", scratch("s"))
    try Posix.mknod(scratch("p"), S_IFIFO | 0o600)
    try Posix.write(scratch("a"), "x")
    try Posix.link(scratch("a"), scratch("b"))
    try Posix.rename(scratch("s"), scratch("s2"))
    try Posix.rename(scratch("p"), scratch("p2"))
    try Posix.rename(scratch("b"), scratch("b2"))
    #expect(try Posix.readlink(scratch("s2")) == "nowhere")
    #expect(try Posix.lstat(scratch("p2")).type == S_IFIFO)
    #expect(try Posix.stat(scratch("b2")).inode == Posix.stat(scratch("a")).inode)
    #expect(try Posix.stat(scratch("b2")).linkCount == 2)
  }

  @Test func keepsModeOwnersTimesAndXattrs() throws {
    try Posix.write(scratch("a"), "x")
    try Posix.chmod(scratch("a"), 0o640)
    try Posix.chown(scratch("a"), 12, 34)
    try Posix.setXattr(scratch("a"), "user.k", "v")
    try Posix.utimens(
      scratch("a"), atime: timespec(tv_sec: 5, tv_nsec: 6), mtime: timespec(tv_sec: 7, tv_nsec: 8))
    try Posix.rename(scratch("a"), scratch("b"))
    let status = try Posix.stat(scratch("b"))
    #expect(status.permissions == 0o640 && status.uid == 12 && status.gid == 34)
    #expect(status.mtime.seconds == 7 && status.mtime.nanoseconds == 8)
    #expect(try Posix.getXattr(scratch("b"), "user.k") == Array("v".utf8))
  }

  @Test func noReplaceRefusesAnExistingTarget() throws {
    try Posix.write(scratch("a"), "a")
    try Posix.write(scratch("b"), "b")
    #expect(throws: PosixError(EEXIST)) {
      try Posix.rename(scratch("a"), scratch("b"), flags: Linux.renameNoReplace)
    }
    #expect(try Posix.readText(scratch("b")) == "b")
    try Posix.rename(scratch("a"), scratch("c"), flags: Linux.renameNoReplace)
    #expect(try Posix.readText(scratch("c")) == "a")
    #expect(!Posix.exists(scratch("a")))
  }

  /// Either both names have changed places, or nothing has happened and the call said so.
  @Test func exchangeIsHonest() throws {
    try Posix.write(scratch("a"), "a")
    try Posix.mkdir(scratch("b"))
    try Posix.write(scratch("b/inner"), "b")
    do {
      try Posix.rename(scratch("a"), scratch("b"), flags: Linux.renameExchange)
      #expect(try Posix.readText(scratch("b")) == "a")
      #expect(try Posix.readText(scratch("a/inner")) == "b")
    } catch let error as PosixError {
      #expect(error.code == EINVAL)
      #expect(try Posix.readText(scratch("a")) == "a")
      #expect(try Posix.readText(scratch("b/inner")) == "b")
    }
  }

  @Test func stickyDirectoryProtectsOtherPeoplesFiles() throws {
    try Posix.mkdir(scratch("tmp"), 0o777)
    try Posix.chmod(scratch("tmp"), 0o1777)
    try Posix.write(scratch("tmp/f"), "root's")
    let outcome = try Command.asUser("mv '\(scratch("tmp/f"))' '\(scratch("tmp/g"))'")
    #expect(outcome.status != 0)
    #expect(Posix.exists(scratch("tmp/f")))
  }

  @Test func manyRenamesOverTheSameNameAlwaysShowOneWholeFile() throws {
    try Posix.write(scratch("current"), "version 000")
    for version in 1...50 {
      let text = "version \(version)"
      try Posix.write(scratch("new"), text)
      try Posix.rename(scratch("new"), scratch("current"))
      #expect(try Posix.readText(scratch("current")) == text)
    }
  }
}
