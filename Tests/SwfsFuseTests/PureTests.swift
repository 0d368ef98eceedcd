import Glibc
import SwfsCore
import SwfsFS
import Testing

@testable import SwfsFuse

/// What needs no mount.
struct PureTests {
  private func signals(pending: [Int32], caught: [Int32] = [], ignored: [Int32] = [])
    -> CallerSignals
  {
    func mask(_ list: [Int32]) -> UInt64 { list.reduce(0) { $0 | 1 << UInt64($1 - 1) } }
    return CallerSignals(pending: mask(pending), caught: mask(caught), ignored: mask(ignored))
  }

  @Test func onlySignalsThatMeanStopEndACall() {
    #expect(signals(pending: []).verdict == .goOn)
    #expect(signals(pending: [SIGKILL]).verdict == .endCall)
    #expect(signals(pending: [SIGTERM]).verdict == .endCall)
    #expect(signals(pending: [SIGTERM], ignored: [SIGTERM]).verdict == .goOn)
    #expect(signals(pending: [SIGINT], caught: [SIGINT]).verdict == .endCall)
    #expect(signals(pending: [SIGALRM]).verdict == .endCall)
    #expect(signals(pending: [SIGALRM], caught: [SIGALRM]).verdict == .endCallIfItLasts)
    #expect(signals(pending: [SIGURG], caught: [SIGURG]).verdict == .goOn)
    #expect(signals(pending: [SIGWINCH, SIGCHLD]).verdict == .goOn)
    #expect(signals(pending: [SIGURG, SIGKILL], caught: [SIGURG]).verdict == .endCall)
  }

  @Test func signalsAreReadFromProc() throws {
    let text =
      "Name:\tx\nSigQ:\t0/9\nSigPnd:\t0000000000000002\nShdPnd:\t0000000000004100\n"
      + "SigBlk:\t0000000000004000\nSigIgn:\t0000000000000004\nSigCgt:\t0000000000000002\n"
    let signals = try #require(CallerSignals(status: text))
    #expect(signals == CallerSignals(pending: 0x102, caught: 2, ignored: 4))
    #expect(CallerSignals(status: "Name:\tx\n") == nil)
    #expect(CallerSignals.read(thread: getpid()) != nil)
    #expect(CallerSignals.read(thread: 0) == nil)
  }

  @Test func mountTableIsParsed() {
    let text = """
      36 35 0:44 / /mnt/with\\040blank rw,nosuid shared:1 - fuse.swfs h1:1,h2:2:/p rw,user_id=0
      nonsense
      22 1 8:1 / / rw - ext4 /dev/sda1 rw
      """
    #expect(
      MountTable.parse(text) == [
        MountRecord(
          device: "0:44", mountPoint: "/mnt/with blank", type: "fuse.swfs", source: "h1:1,h2:2:/p"),
        MountRecord(device: "8:1", mountPoint: "/", type: "ext4", source: "/dev/sda1"),
      ])
    #expect(MountTable.read()?.isEmpty == false)
  }

  @Test func buffersAreUsedAgainAndBounded() throws {
    let pool = BufferPool()
    let first = try #require(pool.take(4096))
    let address = first.bytes.baseAddress
    #expect(first.bytes.count == 4096)
    first.giveBack()
    let second = try #require(pool.take(8192))
    #expect(second.bytes.baseAddress == address && second.bytes.count == 8192)
    second.giveBack()
    let many = (0..<40).compactMap { _ in pool.take(1 << 20) }
    #expect(many.count == 40)
    for buffer in many { buffer.giveBack() }
    let huge = try #require(pool.take(3 << 20))
    #expect(huge.bytes.count == 3 << 20)
    huge.giveBack()
  }

  @Test func sizesBeyondTheKernelsAreClamped() {
    var attributes = FileAttributes(mode: FileMode(kind: .regular, permissions: 0o644))
    attributes.size = .max
    attributes.mtime = Timestamp(seconds: .min)
    let status = attributes.status(InodeID(number: .max))
    #expect(status.st_size == .max && status.st_blocks == Int.max / 512 + 1)
    attributes.size = 513
    #expect(attributes.status(.root).st_blocks == 2)
  }

  @Test func openFlagsAreMapped() {
    #expect(OpenFlags(kernel: O_RDONLY) == [.read])
    #expect(OpenFlags(kernel: O_RDWR | O_EXCL | O_TRUNC) == [.read, .write, .exclusive, .truncate])
    #expect(OpenFlags(kernel: O_WRONLY | O_DSYNC | O_APPEND) == [.write, .sync, .append])
  }
}
