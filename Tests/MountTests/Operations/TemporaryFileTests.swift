import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct TemporaryFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// A nameless file that can be used, or the errno on which every library falls back.
  @Test func unnamedFileWorksOrIsEOPNOTSUPP() throws {
    do {
      let file = try Posix.open(scratch.path, Linux.temporaryFile | O_RDWR, 0o600)
      try file.write("data")
      #expect(try file.readToEnd() == Array("data".utf8))
      try file.close()
    } catch let error as PosixError {
      #expect(error.code == EOPNOTSUPP)
    }
    #expect(try Posix.names(scratch.path).isEmpty)
  }

  @Test func pythonsTemporaryFilesWork() throws {
    let script = """
      import sys, tempfile
      with tempfile.TemporaryFile(dir=sys.argv[1]) as f:
          f.write(b"x" * 100000); f.seek(0); assert f.read() == b"x" * 100000
      with tempfile.NamedTemporaryFile(dir=sys.argv[1]) as f:
          f.write(b"y"); f.flush(); assert open(f.name, "rb").read() == b"y"
      """
    try Command.python(script, [scratch.path])
    #expect(try Posix.names(scratch.path).isEmpty)
  }
}
