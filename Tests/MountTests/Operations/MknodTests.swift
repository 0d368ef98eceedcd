import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct MknodTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func fifoCarriesBytesBetweenProcesses() throws {
    try Posix.mknod(scratch("p"), S_IFIFO | 0o620)
    let status = try Posix.lstat(scratch("p"))
    #expect(status.type == S_IFIFO && status.permissions == 0o600)
    let output = try Command.shell(
      "cat < '\(scratch("p"))' & echo hello > '\(scratch("p"))'; wait")
    #expect(output.contains("hello"))
  }

  @Test func socketCanBeBoundAndConnected() throws {
    let script = """
      import os, socket
      os.chdir(\"\"\"\(scratch.path)\"\"\")
      server = socket.socket(socket.AF_UNIX); server.bind("s"); server.listen(1)
      client = socket.socket(socket.AF_UNIX); client.connect("s")
      client.sendall(b"hello"); print(server.accept()[0].recv(5).decode())
      """
    #expect(try Command.python(script) == "hello\n")
    #expect(try Posix.lstat(scratch("s")).type == S_IFSOCK)
  }

  @Test(arguments: [(UInt32(S_IFCHR), 1, 3), (UInt32(S_IFBLK), 8, 1), (UInt32(S_IFBLK), 259, 4097)])
  func deviceKeepsItsNumbers(kind: UInt32, major: Int, minor: Int) throws {
    let device = dev_t((major & 0xfff) << 8 | (minor & 0xff) | (minor & ~0xff) << 12)
    try Posix.mknod(scratch("d"), kind | 0o600, device)
    let status = try Posix.lstat(scratch("d"))
    #expect(status.type == kind && status.rdev == UInt64(device))
  }

  @Test func plainFile() throws {
    try Posix.mknod(scratch("f"), S_IFREG | 0o600)
    #expect(try Posix.stat(scratch("f")).type == S_IFREG)
    try Posix.write(scratch("f"), "usable")
    #expect(try Posix.readText(scratch("f")) == "usable")
  }

  @Test func kindsShowInTheListing() throws {
    try Posix.mknod(scratch("p"), S_IFIFO | 0o600)
    try Posix.mknod(scratch("c"), S_IFCHR | 0o600, 259)
    try Posix.mkdir(scratch("d"))
    try Posix.write(scratch("f"), "x")
    try Posix.symlink("f", scratch("s"))
    let directory = try OpenDirectory(scratch.path)
    var types: [String: UInt8] = [:]
    while let entry = try directory.nextEntry() { types[entry.name] = entry.type }
    let expected: [String: UInt8] = ["p": 1, "c": 2, "d": 4, ".": 4, "..": 4, "f": 8, "s": 10]
    for (name, type) in types { #expect(type == expected[name] || type == 0, "\(name)") }
    #expect(types.count == expected.count)
  }

  @Test func refusals() throws {
    try Posix.write(scratch("f"), "x")
    #expect(throws: PosixError(EEXIST)) { try Posix.mknod(scratch("f"), S_IFIFO | 0o600) }
    #expect(throws: PosixError(ENOENT)) { try Posix.mknod(scratch("none/f"), S_IFIFO | 0o600) }
    #expect(throws: PosixError(ENOTDIR)) { try Posix.mknod(scratch("f/x"), S_IFIFO | 0o600) }
  }
}
