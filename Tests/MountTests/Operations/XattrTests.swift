import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct XattrTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func setGetListRemove() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.setXattr(scratch("f"), "user.one", "1")
    try Posix.setXattr(scratch("f"), "user.empty", [])
    try Posix.setXattr(scratch("f"), "user.binary", [0, 255, 0, 1])
    #expect(try Posix.getXattr(scratch("f"), "user.one") == [0x31])
    #expect(try Posix.getXattr(scratch("f"), "user.empty").isEmpty)
    #expect(try Posix.getXattr(scratch("f"), "user.binary") == [0, 255, 0, 1])
    #expect(
      try Posix.listXattrs(scratch("f")) == ["user.one", "user.empty", "user.binary"])
    try Posix.removeXattr(scratch("f"), "user.empty")
    #expect(try Posix.listXattrs(scratch("f")) == ["user.one", "user.binary"])
    #expect(throws: PosixError(ENODATA)) { try Posix.getXattr(scratch("f"), "user.empty") }
    #expect(throws: PosixError(ENODATA)) { try Posix.removeXattr(scratch("f"), "user.empty") }
  }

  @Test func createAndReplaceAreKept() throws {
    try Posix.write(scratch("f"), "x")
    #expect(throws: PosixError(ENODATA)) {
      try Posix.setXattr(scratch("f"), "user.k", [1], flags: Posix.xattrReplace)
    }
    try Posix.setXattr(scratch("f"), "user.k", [1], flags: Posix.xattrCreate)
    #expect(throws: PosixError(EEXIST)) {
      try Posix.setXattr(scratch("f"), "user.k", [2], flags: Posix.xattrCreate)
    }
    try Posix.setXattr(scratch("f"), "user.k", [3], flags: Posix.xattrReplace)
    #expect(try Posix.getXattr(scratch("f"), "user.k") == [3])
  }

  @Test func sizesAndERANGE() throws {
    try Posix.write(scratch("f"), "x")
    let value = [UInt8](repeating: 7, count: 3000)
    try Posix.setXattr(scratch("f"), "user.k", value)
    #expect(try Posix.getXattr(scratch("f"), "user.k", room: 0) == 3000)
    #expect(try Posix.getXattr(scratch("f"), "user.k", room: 4000) == 3000)
    #expect(throws: PosixError(ERANGE)) {
      try Posix.getXattr(scratch("f"), "user.k", room: 2999)
    }
    #expect(try Posix.getXattr(scratch("f"), "user.k") == value)
  }

  @Test func limits() throws {
    try Posix.write(scratch("f"), "x")
    let longest = "user." + String(repeating: "n", count: 250)
    try Posix.setXattr(scratch("f"), longest, "v")
    #expect(try Posix.listXattrs(scratch("f")) == [longest])
    #expect(throws: PosixError(ERANGE)) {
      try Posix.setXattr(scratch("f"), longest + "n", "v")
    }
    let error = #expect(throws: PosixError.self) {
      try Posix.setXattr(scratch("f"), "user.big", [UInt8](repeating: 0, count: 65_537))
    }
    #expect(error?.code == E2BIG)
  }

  @Test func largestValue() throws {
    guard MountFixture.hasCluster else { return }
    try Posix.write(scratch("f"), "x")
    let value = [UInt8](repeating: 9, count: 65_536)
    try Posix.setXattr(scratch("f"), "user.big", value)
    #expect(try Posix.getXattr(scratch("f"), "user.big") == value)
  }

  @Test func onDirectoriesAndTrusted() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.setXattr(scratch("d"), "user.k", "v")
    try Posix.setXattr(scratch("d"), "trusted.k", "v")
    #expect(try Posix.listXattrs(scratch("d")) == ["user.k", "trusted.k"])
  }

  @Test func surviveWritesAndOtherChanges() throws {
    let file = try Posix.create(scratch("f"))
    try file.write("one")
    try Posix.setXattr(scratch("f"), "user.k", "v")
    try file.write("two")
    try file.close()
    try Posix.chmod(scratch("f"), 0o600)
    try Posix.truncate(scratch("f"), 4)
    #expect(try Posix.getXattr(scratch("f"), "user.k") == Array("v".utf8))
    #expect(try Posix.readText(scratch("f")) == "onet")
  }

  @Test func setOnAnOpenUnwrittenFile() throws {
    let file = try Posix.create(scratch("f"))
    try Posix.setXattr(scratch("f"), "user.k", "v")
    #expect(try Posix.getXattr(scratch("f"), "user.k") == Array("v".utf8))
    try file.close()
    #expect(try Posix.getXattr(scratch("f"), "user.k") == Array("v".utf8))
  }

  @Test func unknownNamespaceIsRefused() throws {
    try Posix.write(scratch("f"), "x")
    let error = #expect(throws: PosixError.self) {
      try Posix.setXattr(scratch("f"), "nonsense.k", "v")
    }
    #expect(error?.code == ENOTSUP || error?.code == EOPNOTSUPP)
  }

  @Test func fileCapabilitiesAreKept() throws {
    guard Command.isInstalled("setcap") else { return }
    try Command.check(["cp", "/bin/true", scratch("t")])
    try Command.check(["setcap", "cap_net_raw+ep", scratch("t")])
    #expect(try Command.check(["getcap", scratch("t")]).contains("cap_net_raw"))
  }

  @Test func ofTwoLinksAreTheSame() throws {
    try Posix.write(scratch("a"), "x")
    try Posix.link(scratch("a"), scratch("b"))
    try Posix.setXattr(scratch("b"), "user.k", "v")
    #expect(try Posix.getXattr(scratch("a"), "user.k") == Array("v".utf8))
  }
}
