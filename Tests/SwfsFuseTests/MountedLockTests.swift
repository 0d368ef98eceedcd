import Glibc
import SwfsCore
import Synchronization
import Testing

@testable import SwfsFuse

@Suite(.serialized) struct MountedLockTests {
  /// Locks the file with fcntl (`w`: waiting), or asks (`g`): exit 0 when free, else the errno or 50.
  private static let locker = """
    open(F, '+<', $ARGV[0]) or exit 99; $l = pack('ssx4qqi', 1, 0, 0, 5, 0);
    if ($ARGV[1] eq 'g') { fcntl(F, 5, $l) or exit $!+0; exit((unpack('s', $l))[0] == 2 ? 0 : 50) }
    exit(fcntl(F, $ARGV[1] eq 'w' ? 7 : 6, $l) ? 0 : $!+0)
    """

  private func lock(_ file: Int32, _ kind: Int32) -> Bool {
    var lock = flock()
    lock.l_type = Int16(kind)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_len = 3
    return fcntl(file, F_SETLK, &lock) == 0
  }

  @Test func byteRangeLocksKeepOthersOut() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["f"], "x"))
    let file = open(mount["f"], O_CLOEXEC | O_RDWR)
    #expect(lock(file, F_WRLCK))
    #expect(ChildProcess.perl(Self.locker, mount["f"], "n")?.wait() == .exited(EAGAIN))
    #expect(ChildProcess.perl(Self.locker, mount["f"], "g")?.wait() == .exited(50))
    let waiter = try #require(ChildProcess.perl(Self.locker, mount["f"], "w"))
    pause(seconds: 0.2)
    #expect(lock(file, F_UNLCK))
    #expect(waiter.wait() == .exited(0))
    #expect(ChildProcess.perl(Self.locker, mount["f"], "g")?.wait() == .exited(0))
    close(file)
  }

  @Test func closingGivesByteRangeLocksBack() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["f"], "x"))
    let file = open(mount["f"], O_CLOEXEC | O_RDWR)
    #expect(lock(file, F_WRLCK))
    close(file)
    #expect(ChildProcess.perl(Self.locker, mount["f"], "n")?.wait() == .exited(0))
  }

  @Test func aSignalEndsTheWaitForALock() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["f"], "x"))
    let file = open(mount["f"], O_CLOEXEC | O_RDWR)
    #expect(lock(file, F_WRLCK))
    let waiter = try #require(ChildProcess.perl(Self.locker, mount["f"], "w"))
    pause(seconds: 0.2)
    kill(waiter.pid, SIGTERM)
    #expect(waiter.wait() == .killed(SIGTERM))
    close(file)
  }

  @Test func wholeFileLocksWaitAndAreGivenBackByClose() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["f"], "x"))
    let first = open(mount["f"], O_CLOEXEC | O_RDWR)
    let second = open(mount["f"], O_CLOEXEC | O_RDWR)
    #expect(flock(first, LOCK_EX) == 0)
    #expect(failure(flock(second, LOCK_EX | LOCK_NB)) == EWOULDBLOCK)
    let granted = Monitor(false)
    startThread("test-flock") {
      let result = flock(second, LOCK_EX)
      granted.update { $0 = result == 0 }
    }
    pause(seconds: 0.1)
    close(first)
    #expect(granted.wait(until: Deadline(secondsFromNow: 20)) { $0 ? true : nil } == true)
    #expect(flock(second, LOCK_UN) == 0)
    close(second)
  }

  @Test func withoutClusterLocksTheKernelKeepsThem() throws {
    let mount = try MountedMemory { $0.clusterLocks = false }
    #expect(writeFile(mount["f"], "x"))
    let file = open(mount["f"], O_CLOEXEC | O_RDWR)
    #expect(lock(file, F_WRLCK))
    #expect(ChildProcess.perl(Self.locker, mount["f"], "g")?.wait() == .exited(50))
    #expect(mount.files.state.withLock { $0.nodes.values.allSatisfy(\.locks.isEmpty) })
    close(file)
  }
}
