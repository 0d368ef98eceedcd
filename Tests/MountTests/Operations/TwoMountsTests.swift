import Glibc
import SwfsCore
import Testing

/// What another mount of the same cluster sees, through another filer.
@Suite(.needsCluster) struct TwoMountsTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// Looks until it is so, or a second is over.
  private func soon(_ condition: () throws -> Bool) throws -> Bool {
    let deadline = Deadline(secondsFromNow: 5)
    while !deadline.hasPassed {
      if try condition() { return true }
      pause(seconds: 0.005)
    }
    return false
  }

  @Test func closeToOpenIsRightAtTheFirstLook() throws {
    for round in 0..<40 {
      let text = "round \(round)" + String(repeating: ".", count: round)
      try Posix.write(scratch("f"), text)
      let seen = try Posix.readText(scratch.onSecondMount("f"))
      #expect(seen == text)
    }
  }

  @Test func changesTravel() throws {
    let other = try scratch.onSecondMount("f")
    #expect(!Posix.exists(other))
    try Posix.write(scratch("f"), "x")
    #expect(try soon { Posix.exists(other) })
    try Posix.chmod(scratch("f"), 0o600)
    #expect(try soon { try Posix.stat(other).permissions == 0o600 })
    try Posix.rename(scratch("f"), scratch("g"))
    #expect(try soon { !Posix.exists(other) })
    #expect(try soon { Posix.exists(try scratch.onSecondMount("g")) })
    try Posix.unlink(scratch("g"))
    #expect(try soon { try Posix.names(scratch.onSecondMount("")).isEmpty })
  }

  @Test func bothKeepWhatTheyWroteToOneFile() throws {
    try Posix.write(scratch("f"), [UInt8](repeating: 0, count: 200_000))
    let one = try Posix.open(scratch("f"), O_RDWR)
    let two = try Posix.open(scratch.onSecondMount("f"), O_RDWR)
    try one.write([UInt8](repeating: 1, count: 50_000), at: 0)
    try two.write([UInt8](repeating: 2, count: 50_000), at: 100_000)
    try one.close()
    try two.close()
    let bytes = try Posix.read(scratch("f"))
    #expect(bytes.count == 200_000)
    #expect(bytes[..<50_000].allSatisfy { $0 == 1 })
    #expect(bytes[100_000..<150_000].allSatisfy { $0 == 2 })
    #expect(try Posix.read(scratch.onSecondMount("f")) == bytes)
  }

  @Test func appendsOfBothMountsAreAllThere() throws {
    try Posix.write(scratch("log"), "")
    let one = try Posix.open(scratch("log"), O_WRONLY | O_APPEND)
    let two = try Posix.open(scratch.onSecondMount("log"), O_WRONLY | O_APPEND)
    for round in 0..<20 {
      try one.write("a\(round)\n")
      try two.write("b\(round)\n")
      try one.sync()
      try two.sync()
    }
    try one.close()
    try two.close()
    let lines = try Posix.readText(scratch("log")).split(separator: "\n").map(String.init)
    #expect(lines.count == 40 && Set(lines).count == 40)
  }

  @Test func exclusiveCreateHasOneWinner() throws {
    for round in 0..<20 {
      let paths = [scratch("lock\(round)"), try scratch.onSecondMount("lock\(round)")]
      let results = paths.map { path in Result { try Posix.create(path) } }
      #expect(results.filter { (try? $0.get()) != nil }.count == 1)
    }
  }

  @Test func locksExcludeAcrossMounts() throws {
    try Posix.write(scratch("f"), "x")
    let one = try Posix.open(scratch("f"), O_RDWR)
    let two = try Posix.open(scratch.onSecondMount("f"), O_RDWR)
    try one.lock(LOCK_EX)
    #expect(throws: PosixError(EWOULDBLOCK)) { try two.lock(LOCK_EX | LOCK_NB) }
    try one.lock(LOCK_UN)
    try two.lock(LOCK_EX | LOCK_NB)
  }

  @Test func chmodDoesNotUndoAnotherMountsWrite() throws {
    try Posix.write(scratch("f"), "old")
    let other = try scratch.onSecondMount("f")
    _ = try Posix.stat(other)
    try Posix.write(scratch("f"), "new and longer")
    try Posix.chmod(other, 0o600)
    #expect(try Posix.readText(scratch("f")) == "new and longer")
    #expect(try Posix.stat(other).permissions == 0o600)
  }
}
