import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct LookupTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func missingNameIsENOENT() throws {
    #expect(throws: PosixError(ENOENT)) { try Posix.stat(scratch("none")) }
    #expect(throws: PosixError(ENOENT)) { try Posix.stat(scratch("none/below")) }
  }

  @Test func componentThatIsAFileIsENOTDIR() throws {
    try Posix.write(scratch("f"), "x")
    #expect(throws: PosixError(ENOTDIR)) { try Posix.stat(scratch("f/x")) }
    #expect(throws: PosixError(ENOTDIR)) { try Posix.open(scratch("f/x"), O_RDONLY) }
  }

  @Test func nameIsFoundAgainRightAfterItWasMissing() throws {
    for index in 0..<20 {
      let path = scratch("f\(index)")
      #expect(!Posix.exists(path))
      try Posix.write(path, "x")
      #expect(Posix.exists(path))
      try Posix.unlink(path)
      #expect(!Posix.exists(path))
    }
  }

  @Test func inodeNumberIsStable() throws {
    try Posix.write(scratch("f"), "x")
    let first = try Posix.stat(scratch("f")).inode
    #expect(first != 0)
    try Posix.write(scratch("f"), "other content")
    try Posix.chmod(scratch("f"), 0o600)
    #expect(try Posix.stat(scratch("f")).inode == first)
    #expect(try Posix.open(scratch("f"), O_RDONLY).status().inode == first)
  }

  @Test func differentFilesHaveDifferentInodes() throws {
    var inodes: Set<UInt64> = []
    for index in 0..<200 {
      try Posix.write(scratch("\(index)"), "x")
      inodes.insert(try Posix.stat(scratch("\(index)")).inode)
    }
    #expect(inodes.count == 200)
  }

  @Test func namesDifferByBytesOnly() throws {
    // "é" as one code point and as e + combining accent: two names.
    try Posix.write(scratch("\u{e9}"), "one")
    try Posix.write(scratch("e\u{301}"), "two")
    try Posix.write(scratch("A"), "upper")
    try Posix.write(scratch("a"), "lower")
    #expect(try Posix.names(scratch.path).count == 4)
    #expect(try Posix.readText(scratch("\u{e9}")) == "one")
    #expect(try Posix.readText(scratch("a")) == "lower")
  }

  @Test func dotAndDotDot() throws {
    try Posix.mkdir(scratch("d"))
    #expect(try Posix.stat(scratch("d/.")).inode == Posix.stat(scratch("d")).inode)
    #expect(try Posix.stat(scratch("d/..")).inode == Posix.stat(scratch.path).inode)
  }

  @Test func deepPathsWork() throws {
    var path = scratch.path
    for level in 0..<60 {
      path += "/level-\(level)"
      try Posix.mkdir(path)
    }
    try Posix.write(path + "/leaf", "deep")
    #expect(try Posix.readText(path + "/leaf") == "deep")
  }

  @Test func pathLongerThanPathMaxIsENAMETOOLONG() throws {
    let path = scratch.path + String(repeating: "/d", count: 2100)
    #expect(throws: PosixError(ENAMETOOLONG)) { try Posix.stat(path) }
  }
}
