import Glibc
import SwfsCore
import Testing

@testable import SwfsFuse

/// Calls that wait in the file system, and what ends them.
@Suite(.serialized) struct MountedInterruptTests {
  /// Reads one block with a handler for a signal: exit 0 with data, else the errno.
  private static let reader = """
    $SIG{$ARGV[1]} = sub {}; open(F, '<', $ARGV[0]) or exit 99;
    exit(defined(sysread(F, $b, 10)) ? 0 : $!+0)
    """

  private func stalledRead(_ mount: MountedMemory) -> Bool {
    mount.files.state.wait(until: Deadline(secondsFromNow: 20)) { $0.reads > 0 ? true : nil }
      ?? false
  }

  @Test(arguments: [SIGKILL, SIGTERM, SIGINT])
  func aDeadlySignalEndsABlockedRead(signal: Int32) throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["stalled"], "data"))
    let child = try #require(ChildProcess(["cat", mount["stalled"]]))
    #expect(stalledRead(mount))
    kill(child.pid, signal)
    #expect(child.wait() == .killed(signal))
    #expect(mount.end())
  }

  @Test func aCaughtRequestToStopEndsABlockedRead() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["stalled"], "data"))
    let child = try #require(ChildProcess.perl(Self.reader, mount["stalled"], "INT"))
    #expect(stalledRead(mount))
    kill(child.pid, SIGINT)
    #expect(child.wait() == .exited(EINTR))
  }

  @Test func anAlarmEndsACallThatLasts() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["stalled"], "data"))
    let child = try #require(ChildProcess.perl(Self.reader, mount["stalled"], "ALRM"))
    #expect(stalledRead(mount))
    kill(child.pid, SIGALRM)
    #expect(child.wait() == .exited(EINTR))
  }

  @Test func aHarmlessSignalDoesNotBreakARead() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["stalled"], "data"))
    let child = try #require(ChildProcess.perl(Self.reader, mount["stalled"], "CHLD"))
    #expect(stalledRead(mount))
    kill(child.pid, SIGCHLD)
    pause(seconds: 0.3)
    mount.files.gate.update { $0 = true }
    #expect(child.wait() == .exited(0))
  }

  @Test func aDeadlySignalAfterAHarmlessOneStillEndsTheCall() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["stalled"], "data"))
    let child = try #require(ChildProcess.perl(Self.reader, mount["stalled"], "CHLD"))
    #expect(stalledRead(mount))
    kill(child.pid, SIGCHLD)
    pause(seconds: 0.2)
    kill(child.pid, SIGKILL)
    #expect(child.wait() == .killed(SIGKILL))
  }

  @Test func pastTheDeadlineTheAnswerIsAnError() throws {
    let mount = try MountedMemory { $0.deadlineSeconds = 0.3 }
    #expect(writeFile(mount["stalled"], "data"))
    errno = 0
    #expect(readFile(mount["stalled"]) == nil && errno == EIO)
  }
}
