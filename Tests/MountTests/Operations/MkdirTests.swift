import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct MkdirTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func makesADirectory() throws {
    try Posix.mkdir(scratch("d"), 0o750)
    let status = try Posix.stat(scratch("d"))
    #expect(status.type == S_IFDIR && status.permissions == 0o750)
    #expect(try Posix.names(scratch("d")).isEmpty)
  }

  @Test func existingNameIsEEXIST() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.write(scratch("f"), "x")
    try Posix.symlink("nowhere", scratch("s"))
    for name in ["d", "f", "s"] {
      #expect(throws: PosixError(EEXIST)) { try Posix.mkdir(scratch(name)) }
    }
  }

  @Test func parentHasToBeADirectory() throws {
    try Posix.write(scratch("f"), "x")
    #expect(throws: PosixError(ENOTDIR)) { try Posix.mkdir(scratch("f/d")) }
    #expect(throws: PosixError(ENOENT)) { try Posix.mkdir(scratch("none/d")) }
  }

  @Test func umaskApplies() throws {
    try Command.shell("umask 027; mkdir '\(scratch("d"))'")
    #expect(try Posix.stat(scratch("d")).permissions == 0o750)
  }

  @Test func changesTheParentsTimes() throws {
    try Posix.mkdir(scratch("p"))
    let before = try Posix.stat(scratch("p"))
    pause(seconds: 0.01)
    try Posix.mkdir(scratch("p/d"))
    let after = try Posix.stat(scratch("p"))
    #expect(after.mtime > before.mtime && after.ctime > before.ctime)
  }

  @Test func withoutPermissionIsEACCES() throws {
    let outcome = try Command.asUser("mkdir '\(scratch("d"))'")
    #expect(outcome.status != 0 && outcome.errors.contains("Permission denied"))
  }

  @Test func belongsToItsMaker() throws {
    try Posix.chmod(scratch.path, 0o777)
    #expect(try Command.asUser("mkdir '\(scratch("d"))'", uid: 1234, gid: 4321).status == 0)
    let status = try Posix.stat(scratch("d"))
    #expect(status.uid == 1234 && status.gid == 4321)
  }
}
