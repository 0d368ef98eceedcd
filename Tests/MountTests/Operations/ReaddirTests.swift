import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct ReaddirTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func listsEveryNameOnceWithDots() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.write(scratch("f"), "x")
    let names = try OpenDirectory(scratch.path).readAll()
    #expect(names.sorted() == [".", "..", "d", "f"])
  }

  @Test func listsFiveThousandEntries() throws {
    let expected = (0..<5000).map { "entry-\($0)" }
    try Command.python(
      """
      import os, sys
      os.chdir(sys.argv[1])
      for i in range(5000):
          os.mknod(f"entry-{i}", 0o100644) if i % 2 else os.mkdir(f"entry-{i}")
      """, [scratch.path])
    let names = try Posix.names(scratch.path)
    #expect(names.count == 5000)
    #expect(Set(names) == Set(expected))
    let listed = try Command.check(["ls", "-la", scratch.path])
    #expect(listed.split(separator: "\n").count == 5003)
  }

  @Test func positionsComeBack() throws {
    for index in 0..<300 { try Posix.write(scratch("f\(index)"), "") }
    let directory = try OpenDirectory(scratch.path)
    var positions: [Int] = []
    var names: [String] = []
    while true {
      positions.append(directory.position)
      guard let name = try directory.next() else { break }
      names.append(name)
    }
    #expect(names.count == 302)
    for index in [0, 1, 2, 57, 150, 299, 301] {
      directory.seek(positions[index])
      #expect(try directory.next() == names[index])
    }
    directory.rewind()
    #expect(try directory.readAll() == names)
  }

  /// `rm -r` removes what it has read and reads on.
  @Test func unlinkWhileReadingMissesNothing() throws {
    for index in 0..<2000 { try Posix.mknod(scratch("f\(index)"), S_IFREG | 0o600) }
    let directory = try OpenDirectory(scratch.path)
    var removed = 0
    while let name = try directory.next() {
      if name == "." || name == ".." { continue }
      try Posix.unlink(scratch(name))
      removed += 1
    }
    #expect(removed == 2000)
    #expect(try Posix.names(scratch.path).isEmpty)
  }

  /// What was there before and after the reading is seen exactly once.
  @Test func othersThatComeAndGoDoNotHideTheRest() throws {
    for index in 0..<1000 { try Posix.mknod(scratch("stay-\(index)"), S_IFREG | 0o600) }
    let directory = try OpenDirectory(scratch.path)
    var seen: [String] = []
    var round = 0
    while let name = try directory.next() {
      seen.append(name)
      if round % 10 == 0 {
        try Posix.mknod(scratch("a-new-\(round)"), S_IFREG | 0o600)
        try Posix.mknod(scratch("z-new-\(round)"), S_IFREG | 0o600)
        if round >= 20 { try Posix.unlink(scratch("a-new-\(round - 20)")) }
      }
      round += 1
    }
    let stayed = seen.filter { $0.hasPrefix("stay-") }
    #expect(stayed.count == 1000 && Set(stayed).count == 1000)
    #expect(Set(seen).count == seen.count)
  }

  @Test func inodeNumbersAgreeWithStat() throws {
    try Posix.mkdir(scratch("d"))
    for index in 0..<50 { try Posix.write(scratch("f\(index)"), "x") }
    let directory = try OpenDirectory(scratch.path)
    while let entry = try directory.nextEntry() {
      if entry.name == ".." { continue }
      #expect(try Posix.lstat(scratch(entry.name)).inode == entry.inode, "\(entry.name)")
    }
  }

  @Test func newNamesAreListedAtOnce() throws {
    for index in 0..<30 {
      try Posix.write(scratch("f\(index)"), "x")
      #expect(try Posix.names(scratch.path).count == index + 1)
    }
    for index in 0..<30 {
      try Posix.unlink(scratch("f\(index)"))
      #expect(try Posix.names(scratch.path).count == 29 - index)
    }
  }

  @Test func sizesAreRightInALongListing() throws {
    for index in 0..<20 {
      try Posix.write(scratch("f\(index)"), [UInt8](repeating: 1, count: index * 1000))
    }
    let lines = try Command.shell("cd '\(scratch.path)'; find . -type f -printf '%f %s\\n'")
    for line in lines.split(separator: "\n") {
      let parts = line.split(separator: " ")
      #expect(Int(parts[1]) == (Int(parts[0].dropFirst()) ?? -1) * 1000)
    }
  }

  @Test func withoutPermissionIsEACCES() throws {
    try Posix.mkdir(scratch("d"), 0o700)
    #expect(try Command.asUser("ls '\(scratch("d"))'").errors.contains("Permission denied"))
  }
}
