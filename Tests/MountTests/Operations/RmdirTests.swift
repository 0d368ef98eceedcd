import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct RmdirTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func removesAnEmptyDirectory() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.rmdir(scratch("d"))
    #expect(!Posix.exists(scratch("d")))
    #expect(try Posix.names(scratch.path).isEmpty)
  }

  @Test func refusesADirectoryThatIsNotEmpty() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.write(scratch("d/f"), "x")
    let error = #expect(throws: PosixError.self) { try Posix.rmdir(scratch("d")) }
    #expect(error?.code == ENOTEMPTY || error?.code == EEXIST)
    #expect(try Posix.readText(scratch("d/f")) == "x")
    try Posix.unlink(scratch("d/f"))
    try Posix.rmdir(scratch("d"))
  }

  @Test func refusesWhatIsNoDirectory() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.mkdir(scratch("d"))
    try Posix.symlink("d", scratch("s"))
    #expect(throws: PosixError(ENOTDIR)) { try Posix.rmdir(scratch("f")) }
    #expect(throws: PosixError(ENOTDIR)) { try Posix.rmdir(scratch("s")) }
    #expect(throws: PosixError(ENOENT)) { try Posix.rmdir(scratch("none")) }
    #expect(throws: PosixError(EINVAL)) { try Posix.rmdir(scratch("d/.")) }
  }

  @Test func openDirectoryCanStillBeRead() throws {
    try Posix.mkdir(scratch("d"))
    let open = try OpenDirectory(scratch("d"))
    try Posix.rmdir(scratch("d"))
    #expect(try open.readAll().filter { $0 != "." && $0 != ".." }.isEmpty)
    #expect(throws: PosixError(ENOENT)) { try Posix.create(scratch("d/f")) }
  }

  @Test func nameCanBeUsedAgain() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.rmdir(scratch("d"))
    try Posix.write(scratch("d"), "a file now")
    #expect(try Posix.readText(scratch("d")) == "a file now")
  }

  @Test func changesTheParentsTimes() throws {
    try Posix.mkdir(scratch("p"))
    try Posix.mkdir(scratch("p/d"))
    let before = try Posix.stat(scratch("p"))
    pause(seconds: 0.01)
    try Posix.rmdir(scratch("p/d"))
    #expect(try Posix.stat(scratch("p")).mtime > before.mtime)
  }
}
