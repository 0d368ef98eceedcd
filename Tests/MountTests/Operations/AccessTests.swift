import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct AccessTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func rootMayReadAndWriteEverything() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.chmod(scratch("f"), 0)
    try Posix.access(scratch("f"), R_OK | W_OK)
    #expect(throws: PosixError(EACCES)) { try Posix.access(scratch("f"), X_OK) }
    #expect(throws: PosixError(ENOENT)) { try Posix.access(scratch("none"), F_OK) }
  }

  @Test(arguments: [
    // mode, uid, gid, may read, may write
    (0o600, 1000, 1000, true, true), (0o600, 1001, 1000, false, false),
    (0o640, 1001, 1000, true, false), (0o604, 1001, 1001, true, false),
    (0o200, 1000, 1000, false, true), (0o066, 1000, 1000, false, false),
    (0o006, 1001, 1000, false, false),
  ])
  func ownerGroupAndOthers(mode: Int, uid: Int, gid: Int, reads: Bool, writes: Bool) throws {
    try Posix.chmod(scratch.path, 0o755)
    try Posix.write(scratch("f"), "x")
    try Posix.chown(scratch("f"), 1000, 1000)
    try Posix.chmod(scratch("f"), mode_t(mode))
    let path = scratch("f")
    let script =
      "cat '\(path)' >/dev/null 2>&1 && echo r; : >> '\(path)' 2>/dev/null && echo w; true"
    let output = try Command.asUser(
      "(" + script + ") 2>/dev/null", uid: UInt32(uid), gid: UInt32(gid)
    ).output
    #expect(output.contains("r") == reads && output.contains("w") == writes)
  }

  @Test func directoryWithoutExecuteHidesWhatIsInside() throws {
    try Posix.mkdir(scratch("d"), 0o744)
    try Posix.write(scratch("d/f"), "x")
    #expect(try Command.asUser("cat '\(scratch("d/f"))'").errors.contains("Permission denied"))
    #expect(try Command.asUser("ls '\(scratch("d"))' 2>/dev/null; true").output.contains("f"))
  }

  @Test func programsRun() throws {
    try Posix.write(scratch("run.sh"), "#!/bin/sh\necho ran\n")
    #expect(throws: (any Error).self) { try Command.check([scratch("run.sh")]) }
    try Posix.chmod(scratch("run.sh"), 0o755)
    #expect(try Command.check([scratch("run.sh")]) == "ran\n")
    try Command.check(["cp", "/bin/true", scratch("true")])
    try Command.check([scratch("true")])
  }
}
