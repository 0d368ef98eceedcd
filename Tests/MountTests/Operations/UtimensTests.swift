import Glibc
import SwfsCore
import Testing

@Suite(.needsFileSystem) struct UtimensTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func time(_ seconds: Int, _ nanoseconds: Int) -> timespec {
    timespec(tv_sec: seconds, tv_nsec: nanoseconds)
  }

  @Test func keepsNanoseconds() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.utimens(
      scratch("f"), atime: time(1_500_000_000, 123_456_789),
      mtime: time(1_600_000_000, 987_654_321))
    let status = try Posix.stat(scratch("f"))
    #expect(status.atime == Timestamp(seconds: 1_500_000_000, nanoseconds: 123_456_789))
    #expect(status.mtime == Timestamp(seconds: 1_600_000_000, nanoseconds: 987_654_321))
  }

  @Test func omitLeavesATimeAlone() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.utimens(scratch("f"), atime: time(10, 1), mtime: time(20, 2))
    try Posix.utimens(scratch("f"), atime: time(0, Posix.utimeOmit), mtime: time(30, 3))
    var status = try Posix.stat(scratch("f"))
    #expect(status.atime == Timestamp(seconds: 10, nanoseconds: 1))
    #expect(status.mtime == Timestamp(seconds: 30, nanoseconds: 3))
    try Posix.utimens(scratch("f"), atime: time(40, 4), mtime: time(0, Posix.utimeOmit))
    status = try Posix.stat(scratch("f"))
    #expect(status.atime == Timestamp(seconds: 40, nanoseconds: 4))
    #expect(status.mtime == Timestamp(seconds: 30, nanoseconds: 3))
  }

  @Test func nowIsNow() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.utimens(scratch("f"), atime: time(10, 1), mtime: time(20, 2))
    let before = Timestamp.now.seconds - 2
    try Posix.utimens(
      scratch("f"), atime: time(0, Posix.utimeNow), mtime: time(0, Posix.utimeNow))
    let status = try Posix.stat(scratch("f"))
    #expect(status.atime.seconds >= before && status.mtime.seconds >= before)
  }

  @Test func extremeTimesSurvive() throws {
    try Posix.write(scratch("f"), "x")
    for seconds in [1, 2_147_483_647, 2_147_483_648, 4_294_967_296] {
      try Posix.utimens(scratch("f"), atime: time(seconds, 0), mtime: time(seconds, 0))
      #expect(try Posix.stat(scratch("f")).mtime.seconds == seconds)
    }
  }

  @Test func timesBefore1970Survive() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.utimens(scratch("f"), atime: time(-100, 0), mtime: time(-100, 5))
    let mtime = try Posix.stat(scratch("f")).mtime
    #expect(mtime == Timestamp(seconds: -100, nanoseconds: 5))
  }

  @Test func ofASymlinkItself() throws {
    try Posix.write(scratch("f"), "x")
    try Posix.symlink("f", scratch("s"))
    let target = try Posix.stat(scratch("f")).mtime
    try Posix.utimens(scratch("s"), atime: time(10, 0), mtime: time(20, 5), followLinks: false)
    #expect(try Posix.lstat(scratch("s")).mtime == Timestamp(seconds: 20, nanoseconds: 5))
    #expect(try Posix.stat(scratch("f")).mtime == target)
  }

  @Test func ofADirectory() throws {
    try Posix.mkdir(scratch("d"))
    try Posix.utimens(scratch("d"), atime: time(10, 0), mtime: time(20, 7))
    #expect(try Posix.stat(scratch("d")).mtime == Timestamp(seconds: 20, nanoseconds: 7))
  }

  /// What rsync and tar do: set the time while the file is still open for writing.
  @Test func setOnAnOpenFileSurvivesTheClose() throws {
    let file = try Posix.create(scratch("f"))
    try file.write([UInt8](repeating: 1, count: 300_000))
    let times = [time(100, 1), time(200, 2)]
    try PosixError.check { futimens(file.fd, times) }
    try file.close()
    #expect(try Posix.stat(scratch("f")).mtime == Timestamp(seconds: 200, nanoseconds: 2))
  }

  @Test func byAnotherUserIsRefused() throws {
    try Posix.write(scratch("f"), "x")
    #expect(try Command.asUser("touch -d @5 '\(scratch("f"))'").status != 0)
  }
}
