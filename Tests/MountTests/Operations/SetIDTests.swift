import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct SetIDTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func directoryPassesItsGroupOn() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.chown(scratch("d"), 0, 4321)
    try Posix.chmod(scratch("d"), 0o2777)
    try Posix.write(scratch("d/f"), "x")
    try Posix.mkdir(scratch("d/sub"))
    try Posix.symlink("x", scratch("d/s"))
    try Posix.mknod(scratch("d/p"), S_IFIFO | 0o600)
    for name in ["d/f", "d/sub", "d/s", "d/p"] {
      #expect(try Posix.lstat(scratch(name)).gid == 4321, "\(name)")
    }
    #expect(try Posix.stat(scratch("d/sub")).permissions & 0o2000 != 0)
    #expect(try Posix.stat(scratch("d/f")).permissions & 0o2000 == 0)
    #expect(try Command.asUser("mkdir '\(scratch("d/u"))'", uid: 1000, gid: 1000).status == 0)
    #expect(try Posix.stat(scratch("d/u")).gid == 4321)
  }

  private func prepared(_ mode: mode_t) throws -> String {
    try Posix.chmod(scratch.path, 0o755)
    try Posix.write(scratch("f"), "content")
    try Posix.chown(scratch("f"), 1000, 1000)
    try Posix.chmod(scratch("f"), mode)
    return scratch("f")
  }

  @Test func writeByAUserClearsTheBits() throws {
    let path = try prepared(0o6777)
    #expect(try Command.asUser("echo x >> '\(path)'", uid: 1001, gid: 1001).status == 0)
    #expect(try Posix.stat(path).permissions == 0o777)
  }

  @Test func truncateByAUserClearsTheBits() throws {
    let path = try prepared(0o6777)
    #expect(try Command.asUser("truncate -s 1 '\(path)'", uid: 1001, gid: 1001).status == 0)
    #expect(try Posix.stat(path).permissions == 0o777)
  }

  @Test func rootKeepsThem() throws {
    let path = try prepared(0o6755)
    let file = try Posix.open(path, O_WRONLY | O_APPEND)
    try file.write("x")
    try file.close()
    #expect(try Posix.stat(path).permissions == 0o6755)
  }

  @Test func ownerOutsideTheGroupCannotSetTheGroupBit() throws {
    try Posix.chmod(scratch.path, 0o777)
    try Posix.write(scratch("f"), "x")
    try Posix.chown(scratch("f"), 1000, 2000)
    #expect(try Command.asUser("chmod 2755 '\(scratch("f"))'", uid: 1000, gid: 1000).status == 0)
    #expect(try Posix.stat(scratch("f")).permissions == 0o755)
  }
}
