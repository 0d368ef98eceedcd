import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct ChmodTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test(arguments: [0o000, 0o400, 0o644, 0o755, 0o777, 0o4755, 0o2755, 0o1777, 0o7777] as [mode_t])
  func setsTheTwelveBits(mode: mode_t) throws {
    let path = scratch("f")
    try Posix.write(path, "x")
    try Posix.chmod(path, mode)
    #expect(try Posix.stat(path).permissions == mode)
    try Posix.mkdir(scratch("d"))
    try Posix.chmod(scratch("d"), mode)
    #expect(try Posix.stat(scratch("d")).permissions == mode)
    #expect(try Posix.stat(scratch("d")).type == S_IFDIR)
  }

  @Test func onAnOpenFile() throws {
    let file = try Posix.create(scratch("f"), 0o600)
    try file.write("x")
    try file.chmod(0o640)
    #expect(try Posix.stat(scratch("f")).permissions == 0o640)
    try file.write("y")
    try file.close()
    #expect(try Posix.stat(scratch("f")).permissions == 0o640)
    #expect(try Posix.readText(scratch("f")) == "xy")
  }

  @Test func changesCtimeOnly() throws {
    try Posix.write(scratch("f"), "x")
    let before = try Posix.stat(scratch("f"))
    pause(seconds: 0.01)
    try Posix.chmod(scratch("f"), 0o600)
    let after = try Posix.stat(scratch("f"))
    #expect(after.ctime > before.ctime && after.mtime == before.mtime)
  }

  @Test func keepsContent() throws {
    let bytes = [UInt8](repeating: 9, count: 3_000_000)
    try Posix.write(scratch("f"), bytes)
    try Posix.chmod(scratch("f"), 0o400)
    #expect(try Posix.read(scratch("f")) == bytes)
  }

  @Test func byAnotherUserIsEPERM() throws {
    try Posix.write(scratch("f"), "x")
    let outcome = try Command.asUser("chmod 777 '\(scratch("f"))'")
    #expect(outcome.status != 0)
    #expect(try Posix.stat(scratch("f")).permissions == 0o644)
  }

  @Test func symlinkItselfIsNotChanged() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.symlink("f", scratch("s"))
    try Posix.chmod(scratch("s"), 0o600)
    #expect(try Posix.stat(scratch("f")).permissions == 0o600)
    #expect(try Posix.lstat(scratch("s")).permissions == 0o777)
  }
}
