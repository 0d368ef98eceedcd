import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@Suite(.needsFileSystem) struct LockTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// Another process that tries to take a lock and says what came of it.
  private static let contender = """
    import errno, fcntl, sys
    path, call, kind, start, length = sys.argv[1:]
    f = open(path, "r+b")
    try:
        if call == "flock":
            fcntl.flock(f, getattr(fcntl, kind) | fcntl.LOCK_NB)
        else:
            fcntl.lockf(f, getattr(fcntl, kind) | fcntl.LOCK_NB, int(length), int(start))
        print("granted")
    except OSError as e:
        print("refused" if e.errno in (errno.EAGAIN, errno.EACCES) else e)
    """

  private static let prelude = """
    import fcntl, os, signal, subprocess, sys, textwrap, time
    path, contender = sys.argv[1:]
    def process(code):
        return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), path],
                                stdout=subprocess.PIPE, text=True)
    def contend(*arguments):
        command = [sys.executable, "-c", contender, path] + [str(a) for a in arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120).stdout.strip()
    def try_lock(kind, start, length): return contend("lockf", kind, start, length)
    def try_flock(kind): return contend("flock", kind, 0, 0)

    """

  private func python(_ script: String) throws -> String {
    try Posix.write(scratch("f"), "0123456789")
    return try Command.python(Self.prelude + script, [scratch("f"), Self.contender])
  }

  @Test func flockExcludesAnotherProcess() throws {
    let output = try python(
      """
      f = open(path, "r+b")
      fcntl.flock(f, fcntl.LOCK_EX)
      print(try_flock("LOCK_EX"), try_flock("LOCK_SH"))
      fcntl.flock(f, fcntl.LOCK_SH)
      print(try_flock("LOCK_EX"), try_flock("LOCK_SH"))
      fcntl.flock(f, fcntl.LOCK_UN)
      print(try_flock("LOCK_EX"))
      """)
    #expect(output == "refused refused\nrefused granted\ngranted\n")
  }

  @Test func flockBelongsToTheOpenFileAndGoesWithItsLastClose() throws {
    let output = try python(
      """
      f = open(path, "r+b")
      fcntl.flock(f, fcntl.LOCK_EX)
      copy = os.dup(f.fileno())
      f.close()
      print(try_flock("LOCK_EX"))
      os.close(copy)
      print(try_flock("LOCK_EX"))
      """)
    #expect(output == "refused\ngranted\n")
  }

  @Test func fcntlRangesOfTwoProcesses() throws {
    let output = try python(
      """
      f = open(path, "r+b")
      fcntl.lockf(f, fcntl.LOCK_EX, 10, 0)
      fcntl.lockf(f, fcntl.LOCK_SH, 10, 20)
      print(try_lock("LOCK_EX", 0, 5), try_lock("LOCK_SH", 9, 1), try_lock("LOCK_EX", 10, 10))
      print(try_lock("LOCK_SH", 20, 10), try_lock("LOCK_EX", 25, 1))
      fcntl.lockf(f, fcntl.LOCK_UN, 4, 2)
      print(try_lock("LOCK_EX", 2, 4), try_lock("LOCK_EX", 0, 3), try_lock("LOCK_EX", 5, 2))
      """)
    #expect(
      output
        == "refused refused granted\ngranted refused\ngranted refused refused\n")
  }

  @Test func fcntlLocksGoWithAnyCloseOfTheProcess() throws {
    let output = try python(
      """
      f = open(path, "r+b")
      fcntl.lockf(f, fcntl.LOCK_EX)
      print(try_lock("LOCK_EX", 0, 0))
      open(path).close()
      print(try_lock("LOCK_EX", 0, 0))
      """)
    #expect(output == "refused\ngranted\n")
  }

  @Test func flockAndFcntlDoNotSeeEachOther() throws {
    let output = try python(
      """
      f = open(path, "r+b")
      fcntl.flock(f, fcntl.LOCK_EX)
      print(try_lock("LOCK_EX", 0, 0))
      """)
    #expect(output == "granted\n")
  }

  @Test func getlkNamesTheHolder() throws {
    let output = try python(
      """
      import struct
      f = open(path, "r+b")
      fcntl.lockf(f, fcntl.LOCK_EX, 7, 3)
      code = '''
      import fcntl, struct, sys
      f = open(sys.argv[1], "r+b")
      layout = "hhqqi4x"
      asked = struct.pack(layout, fcntl.F_WRLCK, 0, 0, 0, 0)
      kind, whence, start, length, pid = struct.unpack(layout, fcntl.fcntl(f, fcntl.F_GETLK, asked))
      print(kind == fcntl.F_WRLCK, start, length, pid)
      '''
      print(process(code).communicate(timeout=60)[0].strip() == f"True 3 7 {os.getpid()}")
      """)
    #expect(output == "True\n")
  }

  @Test func blockedLockIsGrantedWhenTheHolderLetsGo() throws {
    let output = try python(
      """
      f = open(path, "r+b")
      fcntl.lockf(f, fcntl.LOCK_EX)
      waiter = process('''
      import fcntl, sys
      f = open(sys.argv[1], "r+b")
      print("waiting", flush=True)
      fcntl.lockf(f, fcntl.LOCK_EX)
      print("granted")
      ''')
      assert waiter.stdout.readline() == "waiting\\n"
      time.sleep(0.3)
      assert waiter.poll() is None
      fcntl.lockf(f, fcntl.LOCK_UN)
      print(waiter.communicate(timeout=60)[0].strip())
      """)
    #expect(output == "granted\n")
  }

  @Test(arguments: ["lockf", "flock"])
  func signalInterruptsABlockedLock(call: String) throws {
    let output = try python(
      """
      f = open(path, "r+b")
      fcntl.\(call)(f, fcntl.LOCK_EX)
      waiter = process('''
      import fcntl, signal, sys
      class Interrupted(Exception): pass
      def handler(*_): raise Interrupted
      signal.signal(signal.SIGUSR1, handler)
      f = open(sys.argv[1], "r+b")
      print("waiting", flush=True)
      try:
          fcntl.\(call)(f, fcntl.LOCK_EX)
          print("granted")
      except Interrupted:
          print("interrupted")
      ''')
      assert waiter.stdout.readline() == "waiting\\n"
      time.sleep(0.5)
      waiter.send_signal(signal.SIGUSR1)
      print(waiter.communicate(timeout=60)[0].strip())
      fcntl.\(call)(f, fcntl.LOCK_UN)
      fcntl.\(call)(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
      print("free again")
      """)
    #expect(output == "interrupted\nfree again\n")
  }

  @Test func killedHolderLosesItsLocks() throws {
    let output = try python(
      """
      holder = process('''
      import fcntl, sys, time
      f = open(sys.argv[1], "r+b"); g = open(sys.argv[1], "r+b")
      fcntl.lockf(f, fcntl.LOCK_EX); fcntl.flock(g, fcntl.LOCK_EX)
      print("held", flush=True)
      time.sleep(600)
      ''')
      assert holder.stdout.readline() == "held\\n"
      print(try_lock("LOCK_EX", 0, 0), try_flock("LOCK_EX"))
      holder.kill(); holder.wait()
      deadline = time.time() + 30
      while (try_lock("LOCK_EX", 0, 0), try_flock("LOCK_EX")) != ("granted", "granted"):
          assert time.time() < deadline
          time.sleep(0.1)
      print("free")
      """)
    #expect(output == "refused refused\nfree\n")
  }

  @Test func openFileDescriptionLocksOfOneProcessExcludeEachOther() throws {
    try Posix.write(scratch("f"), "x")
    let one = try Posix.open(scratch("f"), O_RDWR)
    let two = try Posix.open(scratch("f"), O_RDWR)
    var wanted = Glibc.flock()
    wanted.l_type = Int16(F_WRLCK)
    try PosixError.check { fcntl(one.fd, Linux.openFileSetLock, &wanted) }
    let error = #expect(throws: PosixError.self) {
      try PosixError.check { fcntl(two.fd, Linux.openFileSetLock, &wanted) }
    }
    #expect(error?.code == EAGAIN || error?.code == EACCES)
  }
}
