import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct CreateTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func makesAnEmptyFile() throws {
    let file = try Posix.create(scratch("f"), 0o640)
    let status = try file.status()
    #expect(status.type == S_IFREG && status.permissions == 0o640)
    #expect(status.size == 0 && status.linkCount == 1)
    try file.close()
    #expect(try Posix.stat(scratch("f")).size == 0)
    #expect(try Posix.names(scratch.path) == ["f"])
  }

  @Test func exclusiveRefusesAnyExistingName() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.mkdir(scratch("d"))
    try Posix.symlink("nowhere", scratch("s"))
    for name in ["f", "d", "s"] {
      #expect(throws: PosixError(EEXIST)) { try Posix.create(scratch(name)) }
    }
    #expect(try Posix.readText(scratch("f")) == "x")
  }

  @Test func exclusiveHasOneWinner() throws {
    let script = """
      import os, sys, threading
      wins = []
      def go(i):
          try:
              os.close(os.open(sys.argv[1], os.O_CREAT | os.O_EXCL | os.O_WRONLY))
              wins.append(i)
          except FileExistsError:
              pass
      threads = [threading.Thread(target=go, args=(i,)) for i in range(16)]
      [t.start() for t in threads]
      [t.join() for t in threads]
      print(len(wins))
      """
    let output = try Command.check(["python3", "-c", script, scratch("f")])
    #expect(output == "1\n")
  }

  @Test func withoutExclusiveOpensWhatIsThere() throws {
    try Posix.write(scratch("f"), "content")
    let file = try Posix.open(scratch("f"), O_RDWR | O_CREAT, 0o777)
    #expect(try file.readToEnd() == Array("content".utf8))
    #expect(try file.status().permissions == 0o644)
  }

  @Test func throughADanglingSymlinkMakesTheTarget() throws {
    try Posix.symlink("target", scratch("s"))
    try Posix.write(scratch("s"), "x")
    #expect(try Posix.readText(scratch("target")) == "x")
  }

  @Test func modeIsTakenFromTheCallAndTheUmask() throws {
    try Command.shell(
      "umask 077; : > '\(scratch("private"))'; umask 002; : > '\(scratch("group"))'")
    #expect(try Posix.stat(scratch("private")).permissions == 0o600)
    #expect(try Posix.stat(scratch("group")).permissions == 0o664)
  }

  @Test func handleOfAReadOnlyFileCanWrite() throws {
    let file = try Posix.create(scratch("f"), 0o444)
    try file.write("written")
    try file.close()
    #expect(try Posix.readText(scratch("f")) == "written")
    #expect(try Posix.stat(scratch("f")).permissions == 0o444)
  }

  @Test func belongsToItsMaker() throws {
    try Posix.chmod(scratch.path, 0o777)
    #expect(try Command.asUser("echo hi > '\(scratch("f"))'", uid: 1234, gid: 4321).status == 0)
    let status = try Posix.stat(scratch("f"))
    #expect(status.uid == 1234 && status.gid == 4321)
  }

  @Test func refusals() throws {
    try Posix.mkdir(scratch("d"))
    #expect(throws: PosixError(EISDIR)) { try Posix.open(scratch("d"), O_WRONLY) }
    #expect(throws: PosixError(EISDIR)) { try Posix.open(scratch("d"), O_RDWR | O_CREAT) }
    #expect(throws: PosixError(ENOENT)) { try Posix.open(scratch("none"), O_RDONLY) }
    #expect(throws: PosixError(ENOENT)) { try Posix.create(scratch("none/f")) }
    try Posix.write(scratch("f"), "x")
    #expect(throws: PosixError(ENOTDIR)) { try Posix.open(scratch("f"), O_RDONLY | O_DIRECTORY) }
    try Posix.symlink("f", scratch("s"))
    #expect(throws: PosixError(ELOOP)) { try Posix.open(scratch("s"), O_RDONLY | O_NOFOLLOW) }
  }

  @Test func changesTheParentsTimes() throws {
    try Posix.mkdir(scratch("p"))
    let before = try Posix.stat(scratch("p"))
    pause(seconds: 0.01)
    try Posix.create(scratch("p/f")).close()
    let after = try Posix.stat(scratch("p"))
    #expect(after.mtime > before.mtime && after.ctime > before.ctime)
  }

  @Test func overwritingDoesNotChangeTheParent() throws {
    try Posix.mkdir(scratch("p"))
    try Posix.write(scratch("p/f"), "x")
    let before = try Posix.stat(scratch("p"))
    try Posix.write(scratch("p/f"), "y")
    #expect(try Posix.stat(scratch("p")).mtime == before.mtime)
  }
}
