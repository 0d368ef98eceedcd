import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct NameTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func bytesPath(_ name: [UInt8]) -> [CChar] {
    (Array(scratch.path.utf8) + [0x2f] + name + [0]).map { CChar(bitPattern: $0) }
  }

  @Test func of255BytesAreGood() throws {
    let name = String(repeating: "n", count: 255)
    try Posix.write(scratch(name), "x")
    #expect(try Posix.names(scratch.path) == [name])
    try Posix.rename(scratch(name), scratch(String(repeating: "m", count: 255)))
    #expect(try Posix.names(scratch.path) == [String(repeating: "m", count: 255)])
  }

  @Test func of256BytesAreENAMETOOLONG() throws {
    let path = scratch(String(repeating: "n", count: 256))
    #expect(throws: PosixError(ENAMETOOLONG)) { try Posix.create(path) }
    #expect(throws: PosixError(ENAMETOOLONG)) { try Posix.mkdir(path) }
    #expect(throws: PosixError(ENAMETOOLONG)) { try Posix.stat(path) }
    #expect(throws: PosixError(ENAMETOOLONG)) { try Posix.symlink("x", path) }
  }

  @Test func utf8AndPunctuationSurvive() throws {
    let names = [
      "日本語ファイル", "emoji 🦀", "with space", "tab\tname", "line\nbreak", "quote'\"", "back\\slash",
      "%41 percent", "?query&x=1", "#hash", "*star", "-rf", ".hidden", "~tilde", "a:b;c", "_under%",
      String(repeating: "ß", count: 127),
    ]
    for name in names { try Posix.write(scratch(name), name) }
    #expect(try Set(Posix.names(scratch.path)) == Set(names))
    for name in names { #expect(try Posix.readText(scratch(name)) == name) }
    for name in names { try Posix.unlink(scratch(name)) }
    #expect(try Posix.names(scratch.path).isEmpty)
  }

  /// Stores that cannot keep such bytes must say so and never store another name instead.
  @Test func invalidUTF8IsKeptAsItIsOrEILSEQ() throws {
    let name: [UInt8] = [0x62, 0xff, 0xfe, 0x64]
    let path = bytesPath(name)
    let fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
    if fd >= 0 {
      close(fd)
      #expect(!MountFixture.hasCluster, "protobuf strings cannot carry these bytes")
      #expect(unlink(path) == 0)
    } else {
      #expect(errno == EILSEQ)
    }
    #expect(try Posix.names(scratch.path).isEmpty)
  }
}
