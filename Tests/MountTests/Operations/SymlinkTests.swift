import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct SymlinkTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func keepsItsTargetByteByByte() throws {
    for target in ["f", "../x/./y", "/absolute/ü", " ", String(repeating: "t", count: 4000)] {
      try Posix.symlink(target, scratch("s"))
      #expect(try Posix.readlink(scratch("s")) == target)
      let status = try Posix.lstat(scratch("s"))
      #expect(status.type == S_IFLNK && status.size == target.utf8.count)
      #expect(status.permissions == 0o777)
      try Posix.unlink(scratch("s"))
    }
  }

  @Test func isFollowed() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.write(scratch("d/f"), "x")
    try Posix.symlink("d", scratch("s"))
    #expect(try Posix.readText(scratch("s/f")) == "x")
    #expect(try Posix.names(scratch("s")) == ["f"])
  }

  @Test func danglingIsENOENT() throws {
    try Posix.symlink("nowhere", scratch("s"))
    #expect(throws: PosixError(ENOENT)) { try Posix.stat(scratch("s")) }
    #expect(throws: PosixError(ENOENT)) { try Posix.open(scratch("s"), O_RDONLY) }
    #expect(try Posix.lstat(scratch("s")).type == S_IFLNK)
  }

  @Test func circleIsELOOP() throws {
    try Posix.symlink("b", scratch("a"))
    try Posix.symlink("a", scratch("b"))
    #expect(throws: PosixError(ELOOP)) { try Posix.stat(scratch("a")) }
    #expect(throws: PosixError(ELOOP)) { try Posix.open(scratch("a"), O_RDONLY) }
    #expect(throws: PosixError(ELOOP)) { try Posix.stat(scratch("a/x")) }
  }

  @Test func unlinkRemovesTheLinkOnly() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.symlink("f", scratch("s"))
    try Posix.unlink(scratch("s"))
    #expect(try Posix.names(scratch.path) == ["f"])
  }

  @Test func replacedLinkShowsItsNewTargetAtOnce() throws {
    for round in 0..<10 {
      try Posix.symlink("target-\(round)", scratch("new"))
      try Posix.rename(scratch("new"), scratch("current"))
      #expect(try Posix.readlink(scratch("current")) == "target-\(round)")
    }
  }

  @Test func refusals() throws {
    try Posix.write(scratch("f"), "x")
    #expect(throws: PosixError(EEXIST)) { try Posix.symlink("y", scratch("f")) }
    #expect(throws: PosixError(ENOENT)) { try Posix.symlink("", scratch("s")) }
    #expect(throws: PosixError(ENAMETOOLONG)) {
      try Posix.symlink(String(repeating: "t", count: 4096), scratch("s"))
    }
    #expect(throws: PosixError(EINVAL)) { try Posix.readlink(scratch("f")) }
    #expect(throws: PosixError(ENOENT)) { try Posix.readlink(scratch("none")) }
  }

  @Test func ownedByItsMaker() throws {
    try Posix.chmod(scratch.path, 0o777)
    #expect(try Command.asUser("ln -s x '\(scratch("s"))'", uid: 1234, gid: 4321).status == 0)
    #expect(try Posix.lstat(scratch("s")).uid == 1234)
  }
}
