import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct ACLTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func namedUserGetsAccess() throws {
    try Posix.chmod(scratch.path, 0o755)
    try Posix.write(scratch("f"), "secret")
    try Posix.chmod(scratch("f"), 0o600)
    try Command.check(["setfacl", "-m", "u:1234:r", scratch("f")])
    #expect(try Command.check(["getfacl", "-cp", scratch("f")]).contains("user:1234:r--"))
    #expect(try Command.asUser("cat '\(scratch("f"))'", uid: 1234, gid: 1).output == "secret")
    #expect(try Command.asUser("cat '\(scratch("f"))'", uid: 1235, gid: 1).status != 0)
    #expect(try Command.asUser("echo x >> '\(scratch("f"))'", uid: 1234, gid: 1).status != 0)
  }

  @Test func maskShowsAsGroupBits() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.chmod(scratch("f"), 0o600)
    try Command.check(["setfacl", "-m", "u:1234:rwx", scratch("f")])
    #expect(try Posix.stat(scratch("f")).permissions == 0o670)
    try Posix.chmod(scratch("f"), 0o640)
    #expect(try Command.check(["getfacl", "-cp", scratch("f")]).contains("mask::r--"))
  }

  @Test func removingTheACLLeavesPlainModes() throws {
    try Posix.write(scratch("f"), "x")
    try Command.check(["setfacl", "-m", "u:1234:rw", scratch("f")])
    try Command.check(["setfacl", "-b", scratch("f")])
    #expect(!(try Command.check(["getfacl", "-cp", scratch("f")]).contains("1234")))
    #expect(try Posix.stat(scratch("f")).permissions == 0o644)
  }

  @Test func defaultACLIsInherited() throws {
    try Posix.mkdir(scratch("d"))
    try Command.check(["setfacl", "-d", "-m", "u:1234:rwx,g::rx,o::-", scratch("d")])
    try Posix.open(scratch("d/f"), O_WRONLY | O_CREAT, 0o666).close()
    try Posix.mkdir(scratch("d/sub"))
    let file = try Command.check(["getfacl", "-cp", scratch("d/f")])
    #expect(file.contains("user:1234:rwx") && file.contains("mask::rw-"))
    #expect(try Posix.stat(scratch("d/f")).permissions == 0o660)
    let sub = try Command.check(["getfacl", "-cp", scratch("d/sub")])
    #expect(sub.contains("default:user:1234:rwx") && sub.contains("user:1234:rwx"))
    try Posix.write(scratch("d/sub/f"), "x")
    #expect(try Command.check(["getfacl", "-cp", scratch("d/sub/f")]).contains("user:1234:rwx"))
  }

  @Test func defaultACLReplacesTheUmask() throws {
    try Posix.mkdir(scratch("d"))
    try Command.check(["setfacl", "-d", "-m", "u::rwx,g::rwx,o::rwx", scratch("d")])
    try Command.shell("umask 077; : > '\(scratch("d/f"))'; mkdir '\(scratch("d/sub"))'")
    #expect(try Posix.stat(scratch("d/f")).permissions == 0o666)
    #expect(try Posix.stat(scratch("d/sub")).permissions == 0o777)
  }
}
