import Foundation
import Glibc
import SwfsCore
import SwfsTestKit
import Testing

/// `weed mount` beside ours on the same filer directory.
@Suite(.needsCluster, .serialized) struct WeedMountTests {
  private static let shared = Result { try WeedMount() }
  let scratch: Scratch
  let weed: String

  init() throws {
    scratch = try Scratch()
    weed = try Self.shared.get().path + "/" + scratch.name
    try #require(eventually { Posix.exists(weed) }, "weed mount shows the directory")
  }

  private func theirs(_ name: String) -> String { weed + "/" + name }

  @Test func theirFileInOurs() throws {
    var random = SeededRandom(seed: 5)
    let bytes = random.bytes(count: 7_000_001)
    try Posix.write(theirs("f"), bytes)
    try Posix.chmod(theirs("f"), 0o4751)
    try Posix.chown(theirs("f"), 1234, 4321)
    try Posix.chmod(theirs("f"), 0o4751)
    try Posix.setXattr(theirs("f"), "user.k", [1, 0, 2])
    let time = timespec(tv_sec: 1_234_567_890, tv_nsec: 987_654_321)
    try Posix.utimens(theirs("f"), atime: time, mtime: time)
    #expect(eventually { (try? Posix.stat(scratch("f")).mtime.seconds) == 1_234_567_890 })
    let status = try Posix.stat(scratch("f"))
    #expect(status.permissions == 0o4751 && status.uid == 1234 && status.gid == 4321)
    #expect(status.mtime == Timestamp(seconds: 1_234_567_890, nanoseconds: 987_654_321))
    #expect(status.size == 7_000_001)
    #expect(try Posix.getXattr(scratch("f"), "user.k") == [1, 0, 2])
    #expect(try Posix.read(scratch("f")) == bytes)
  }

  @Test func ourFileInTheirs() throws {
    var random = SeededRandom(seed: 6)
    let bytes = random.bytes(count: 9_000_001)
    try Posix.write(scratch("f"), bytes)
    try Posix.chown(scratch("f"), 1234, 4321)
    try Posix.chmod(scratch("f"), 0o2711)
    try Posix.setXattr(scratch("f"), "user.k", [3, 0, 4])
    let time = timespec(tv_sec: 1_111_111_111, tv_nsec: 222_222_222)
    try Posix.utimens(scratch("f"), atime: time, mtime: time)
    #expect(eventually { (try? Posix.stat(theirs("f")).mtime.seconds) == 1_111_111_111 })
    let status = try Posix.stat(theirs("f"))
    #expect(status.permissions == 0o2711 && status.uid == 1234 && status.gid == 4321)
    #expect(status.mtime.nanoseconds == 222_222_222 && status.size == 9_000_001)
    #expect(try Posix.getXattr(theirs("f"), "user.k") == [3, 0, 4])
    #expect(try Posix.read(theirs("f")) == bytes)
  }

  /// weed mount leaves many overlapping chunks behind.
  @Test func theirRandomOverwritesInOurs() throws {
    let count = 4_000_000
    var random = SeededRandom(seed: 7)
    var bytes = random.bytes(count: count)
    let file = try Posix.open(theirs("f"), O_RDWR | O_CREAT)
    try file.write(bytes, at: 0)
    for round in 0..<60 {
      let offset = Int.random(in: 0..<count - 40_000, using: &random)
      let part = random.bytes(count: Int.random(in: 1..<40_000, using: &random))
      try file.write(part, at: offset)
      bytes.replaceSubrange(offset..<offset + part.count, with: part)
      if round % 10 == 9 { try file.sync() }
    }
    try file.close()
    #expect(eventually { (try? Posix.stat(scratch("f")).size) == count })
    #expect(try Posix.read(scratch("f")) == bytes)
  }

  @Test func ourOverwritesAndHolesInTheirs() throws {
    var random = SeededRandom(seed: 8)
    let file = try Posix.create(scratch("f"))
    for _ in 0..<60 {
      let offset = Int.random(in: 0..<6_000_000, using: &random)
      try file.write(random.bytes(count: Int.random(in: 1..<60_000, using: &random)), at: offset)
    }
    try file.truncate(5_000_000)
    try file.close()
    let expected = try Posix.read(scratch("f"))
    #expect(expected.count == 5_000_000)
    #expect(eventually { (try? Posix.stat(theirs("f")).size) == 5_000_000 })
    #expect(try Posix.read(theirs("f")) == expected)
  }

  @Test(arguments: [true, false])
  func everyKindCrosses(fromTheirs: Bool) throws {
    let made: (String) -> String = { fromTheirs ? theirs($0) : scratch($0) }
    let seen: (String) -> String = { fromTheirs ? scratch($0) : theirs($0) }
    try Posix.mkdir(made("d"), 0o1777)
    try Posix.chmod(made("d"), 0o1777)
    try Posix.symlink("../ziel/ü", made("s"))
    try Posix.mknod(made("p"), S_IFIFO | 0o640)
    try Posix.mknod(made("b"), S_IFBLK | 0o600, 2049)
    try Posix.mknod(made("c"), S_IFCHR | 0o600, 259)
    try Posix.write(made("empty"), "")
    #expect(eventually { Posix.exists(seen("empty")) && Posix.exists(seen("c")) })
    #expect(try Posix.lstat(seen("d")).type == S_IFDIR)
    #expect(try Posix.lstat(seen("d")).permissions == 0o1777)
    #expect(try Posix.readlink(seen("s")) == "../ziel/ü")
    #expect(try Posix.lstat(seen("p")).type == S_IFIFO)
    #expect(try Posix.lstat(seen("b")).type == S_IFBLK && Posix.lstat(seen("b")).rdev == 2049)
    #expect(try Posix.lstat(seen("c")).type == S_IFCHR && Posix.lstat(seen("c")).rdev == 259)
    #expect(try Posix.read(seen("empty")).isEmpty)
    #expect(try Set(Posix.names(seen(""))) == ["d", "s", "p", "b", "c", "empty"])
  }

  @Test func theirHardLinksInOurs() throws {
    try Posix.write(theirs("a"), "first")
    try Posix.link(theirs("a"), theirs("b"))
    try Posix.write(theirs("b"), "changed through b")
    #expect(eventually { (try? Posix.stat(scratch("a")).linkCount) == 2 })
    #expect(eventually { (try? Posix.readText(scratch("a"))) == "changed through b" })
    #expect(try Posix.stat(scratch("a")).inode == Posix.stat(scratch("b")).inode)
    try Posix.unlink(scratch("a"))
    #expect(try Posix.stat(scratch("b")).linkCount == 1)
    #expect(try Posix.readText(scratch("b")) == "changed through b")
  }

  @Test func ourHardLinksInTheirs() throws {
    try Posix.write(scratch("a"), "first")
    try Posix.link(scratch("a"), scratch("b"))
    let file = try Posix.open(scratch("b"), O_WRONLY | O_APPEND)
    try file.write(" and more")
    try file.close()
    #expect(eventually { (try? Posix.stat(theirs("a")).linkCount) == 2 })
    #expect(eventually { (try? Posix.readText(theirs("a"))) == "first and more" })
  }

  @Test func namesMoveBothWays() throws {
    try Posix.mkdir(theirs("d"))
    try Posix.write(theirs("d/f"), "x")
    #expect(eventually { Posix.exists(scratch("d/f")) })
    try Posix.rename(scratch("d"), scratch("e"))
    #expect(eventually { Posix.exists(theirs("e/f")) && !Posix.exists(theirs("d")) })
    try Posix.rename(theirs("e/f"), theirs("g"))
    #expect(eventually { Posix.exists(scratch("g")) && !Posix.exists(scratch("e/f")) })
    #expect(try Posix.readText(scratch("g")) == "x")
  }
}

/// One `weed mount` for the suite; it ends with the test process.
private final class WeedMount: Sendable {
  let path: String
  private let child: ChildProcess
  nonisolated(unsafe) private static var started: [WeedMount] = []

  init() throws {
    let base = Mount.temporaryPath("swfs-weed-mount")
    path = base + "/mnt"
    for directory in [path, base + "/cache"] {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }
    // Ours first: it makes the filer directory.
    _ = try MountFixture.mount()
    child = try ChildProcess(
      [
        "weed", "mount", "-filer=\(MountFixture.filers[0])",
        "-filer.path=\(MountFixture.filerPath)",
        "-dir=\(path)", "-cacheDir=\(base)/cache", "-localSocket=\(base)/socket",
      ], output: base + "/log", errors: base + "/log")
    let outside = try Posix.stat(base).device
    guard eventually(seconds: 60, { (try? Posix.stat(path).device).map { $0 != outside } ?? false })
    else {
      child.signal(SIGKILL)
      throw Command.Failure("weed mount did not mount: see \(base)/log")
    }
    Self.started.append(self)
    atexit {
      for mount in WeedMount.started { mount.end() }
    }
  }

  private func end() {
    child.signal(SIGTERM)
    if child.wait(seconds: 20) == nil {
      child.signal(SIGKILL)
      _ = child.wait(seconds: 5)
    }
    umount2(path, Int32(MNT_DETACH))
    let base = (path as NSString).deletingLastPathComponent
    rmdir(path)
    _ = try? Command.run(["rm", "-rf", "--one-file-system", base])
  }
}
