import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct SyncTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func fsyncMakesBytesVisibleEverywhere() throws {
    let file = try Posix.create(scratch("f"))
    try file.write("synced")
    try file.sync()
    #expect(try Posix.readText(scratch("f")) == "synced")
    if MountFixture.hasCluster {
      #expect(try Posix.readText(scratch.onSecondMount("f")) == "synced")
    }
    try file.write(" more")
    try file.syncData()
    #expect(try Posix.readText(scratch("f")) == "synced more")
    if MountFixture.hasCluster {
      #expect(try Posix.readText(scratch.onSecondMount("f")) == "synced more")
    }
  }

  @Test func fsyncOfAReadOnlyHandleWorks() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.open(scratch("f"), O_RDONLY).sync()
  }

  @Test func fsyncOfADirectoryWorks() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.write(scratch("d/f"), "x")
    try OpenDirectory(scratch("d")).sync()
    if MountFixture.hasCluster {
      #expect(try Posix.names(scratch.onSecondMount("d")) == ["f"])
    }
  }

  /// Databases write a new file, sync it, rename it and sync the directory.
  @Test func writeSyncRenameSync() throws {
    for version in 0..<5 {
      let file = try Posix.open(scratch("new"), O_WRONLY | O_CREAT | O_TRUNC)
      try file.write("version \(version)")
      try file.sync()
      try file.close()
      try Posix.rename(scratch("new"), scratch("current"))
      try OpenDirectory(scratch.path).sync()
      #expect(try Posix.readText(scratch("current")) == "version \(version)")
    }
  }

  @Test func openWithSyncWritesThrough() throws {
    let file = try Posix.open(scratch("f"), O_WRONLY | O_CREAT | O_SYNC)
    try file.write("through")
    if MountFixture.hasCluster {
      #expect(try Posix.readText(scratch.onSecondMount("f")) == "through")
    }
    try file.close()
  }

  @Test func everyDuplicateClosesWell() throws {
    let file = try Posix.create(scratch("f"))
    let copies = try (0..<5).map { _ in OpenFile(try PosixError.check { dup(file.fd) }) }
    for (index, copy) in copies.enumerated() {
      try copy.write("\(index)")
      try copy.close()
    }
    try file.close()
    #expect(try Posix.readText(scratch("f")) == "01234")
  }
}
