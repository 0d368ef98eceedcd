import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct ChownTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func setsOwnerAndGroup() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.chown(scratch("f"), 1234, 5678)
    var status = try Posix.stat(scratch("f"))
    #expect(status.uid == 1234 && status.gid == 5678)
    try Posix.chown(scratch("f"), uid_t.max, 99)
    status = try Posix.stat(scratch("f"))
    #expect(status.uid == 1234 && status.gid == 99)
    try Posix.chown(scratch("f"), 0, gid_t.max)
    status = try Posix.stat(scratch("f"))
    #expect(status.uid == 0 && status.gid == 99)
  }

  @Test func largestIds() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.chown(scratch("f"), 4_294_967_294, 4_294_967_294)
    #expect(try Posix.stat(scratch("f")).uid == 4_294_967_294)
  }

  @Test func ofASymlink() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.symlink("f", scratch("s"))
    try Posix.lchown(scratch("s"), 7, 8)
    #expect(try Posix.lstat(scratch("s")).uid == 7)
    #expect(try Posix.stat(scratch("f")).uid == 0)
    try Posix.chown(scratch("s"), 9, 10)
    #expect(try Posix.stat(scratch("f")).uid == 9)
    #expect(try Posix.lstat(scratch("s")).uid == 7)
  }

  @Test func clearsSetIdBitsOfAnExecutable() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.chmod(scratch("f"), 0o6755)
    try Posix.chown(scratch("f"), 1000, 1000)
    #expect(try Posix.stat(scratch("f")).permissions == 0o755)
  }

  @Test func keepsTheGroupIdBitOfADirectory() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.chmod(scratch("d"), 0o2775)
    try Posix.chown(scratch("d"), 1000, 1000)
    #expect(try Posix.stat(scratch("d")).permissions == 0o2775)
  }

  @Test func byAnOrdinaryUserIsEPERM() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.chown(scratch("f"), 1000, 1000)
    #expect(try Command.asUser("chown 1001 '\(scratch("f"))'").status != 0)
    #expect(try Command.asUser("chgrp 1002 '\(scratch("f"))'", groups: [1002]).status == 0)
    #expect(try Posix.stat(scratch("f")).gid == 1002)
  }

  @Test func changesCtimeOnly() throws {
    try Posix.write(scratch("f"), "x")
    let before = try Posix.stat(scratch("f"))
    pause(seconds: 0.01)
    try Posix.chown(scratch("f"), 5, 5)
    let after = try Posix.stat(scratch("f"))
    #expect(after.ctime > before.ctime && after.mtime == before.mtime)
  }
}
