import CFuse
import CLinux
import Glibc
import SwfsCore
import SwfsFS
import Testing

@testable import SwfsFuse

/// Every operation through the kernel, against the memory file system.
@Suite(.serialized) struct MountedOperationsTests {
  @Test func filesAreCreatedWrittenReadAndRemoved() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["a"], "hello"))
    #expect(readFile(mount["a"]) == "hello")
    #expect(writeFile(mount["a"], " world", O_APPEND))
    #expect(readFile(mount["a"]) == "hello world")
    #expect(writeFile(mount["a"], "new", O_TRUNC))
    #expect(readFile(mount["a"]) == "new")
    #expect(failure(open(mount["a"], O_CREAT | O_EXCL | O_WRONLY, 0o600)) == EEXIST)
    #expect(unlink(mount["a"]) == 0)
    #expect(failure(unlink(mount["a"])) == ENOENT)
    #expect(mount.end())
  }

  @Test func openFlagsReachTheFileSystem() throws {
    let mount = try MountedMemory()
    let file = open(mount["f"], O_CLOEXEC | O_CREAT | O_EXCL | O_RDWR | O_APPEND | O_SYNC, 0o644)
    #expect(file >= 0)
    close(file)
    #expect(writeFile(mount["f"], "x", O_TRUNC))
    let seen = mount.files.state.withLock { $0.openFlags }
    #expect(seen.first?.isSuperset(of: [.read, .write, .append, .sync]) == true)
    #expect(seen.last == [.write, .truncate])
  }

  @Test func attributesChange() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["f"], "0123456789"))
    #expect(chmod(mount["f"], 0o4751) == 0)
    #expect(chown(mount["f"], 12, 34) == 0)
    #expect(truncate(mount["f"], 4) == 0)
    let times = [timespec(tv_sec: 1000, tv_nsec: 123_456_789), timespec(tv_sec: -5, tv_nsec: 7)]
    #expect(utimensat(AT_FDCWD, mount["f"], times, 0) == 0)
    let seen = try #require(status(mount["f"]))
    #expect(seen.st_mode & 0o777 == 0o751)
    #expect(seen.st_uid == 12 && seen.st_gid == 34)
    #expect(seen.st_size == 4 && seen.st_blocks == 1 && seen.st_blksize == 4096)
    #expect(seen.st_atim.tv_sec == 1000 && seen.st_atim.tv_nsec == 123_456_789)
    #expect(seen.st_mtim.tv_sec == -5 && seen.st_mtim.tv_nsec == 7)
    #expect(access(mount["f"], R_OK) == 0)
    #expect(truncate(mount["f"], 8) == 0)
    #expect(readFile(mount["f"]) == "0123\0\0\0\0")
  }

  @Test func umaskIsLeftToTheFileSystem() throws {
    let mount = try MountedMemory()
    let before = umask(0o027)
    defer { umask(before) }
    #expect(mkdir(mount["d"], 0o777) == 0)
    #expect(try #require(status(mount["d"])).st_mode & 0o777 == 0o750)
  }

  @Test func everyKindOfNodeIsMade() throws {
    let mount = try MountedMemory()
    #expect(mkfifo(mount["fifo"], 0o600) == 0)
    #expect(mknod(mount["device"], S_IFCHR | 0o600, 0x103) == 0)
    #expect(mknod(mount["block"], S_IFBLK | 0o600, 0x1_0e0a_5) == 0)
    #expect(mknod(mount["socket"], S_IFSOCK | 0o600, 0) == 0)
    #expect(mknod(mount["plain"], S_IFREG | 0o600, 0) == 0)
    #expect(symlink("some/where", mount["link"]) == 0)
    #expect(try #require(status(mount["fifo"])).st_mode & S_IFMT == S_IFIFO)
    #expect(try #require(status(mount["socket"])).st_mode & S_IFMT == S_IFSOCK)
    #expect(try #require(status(mount["plain"])).st_mode & S_IFMT == S_IFREG)
    let device = try #require(status(mount["device"]))
    #expect(device.st_mode & S_IFMT == S_IFCHR && device.st_rdev == 0x103)
    let block = try #require(status(mount["block"]))
    #expect(block.st_mode & S_IFMT == S_IFBLK && block.st_rdev == 0x1_0e0a_5)
    var target = [CChar](repeating: 0, count: 64)
    #expect(readlink(mount["link"], &target, 63) == 10)
    #expect(target.prefix(10).elementsEqual("some/where".utf8CString.dropLast()))
  }

  @Test func hardLinksShareAnInode() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["a"], "x"))
    #expect(link(mount["a"], mount["b"]) == 0)
    let a = try #require(status(mount["a"]))
    let b = try #require(status(mount["b"]))
    #expect(a.st_ino == b.st_ino && b.st_nlink == 2)
  }

  @Test func renameFlagsArriveAndErrorsComeBack() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["a"], "a") && writeFile(mount["b"], "b"))
    func rename2(_ from: String, _ to: String, _ flags: UInt32) -> Int32 {
      failure(renameat2(AT_FDCWD, mount[from], AT_FDCWD, mount[to], flags))
    }
    #expect(rename2("a", "b", 1) == EEXIST)
    #expect(rename2("a", "b", 2) == 0)
    #expect(readFile(mount["a"]) == "b" && readFile(mount["b"]) == "a")
    #expect(rename2("a", "b", 0) == 0)
    #expect(names(mount.path)?.sorted() == [".", "..", "b"])
    #expect(mkdir(mount["d"], 0o755) == 0 && writeFile(mount["d/x"], ""))
    #expect(failure(rmdir(mount["d"])) == ENOTEMPTY)
    #expect(unlink(mount["d/x"]) == 0 && rmdir(mount["d"]) == 0)
  }

  @Test func tenThousandEntriesAreListedOnce() throws {
    let mount = try MountedMemory()
    let expected = (0..<10_000).map { "entry-\($0)" }
    for name in expected {
      _ = try mount.files.makeNode(
        .root, EntryName(unchecked: name), mode: FileMode(kind: .regular, permissions: 0o644),
        rdev: 0, .background(seconds: 10))
    }
    let listed = try #require(names(mount.path))
    #expect(listed.count == expected.count + 2)
    #expect(Set(listed) == Set(expected + [".", ".."]))
    // With attributes, which the kernel asks for once somebody looks at entries.
    for name in listed { #expect(status(mount[name]) != nil) }
    #expect(Set(try #require(names(mount.path))) == Set(listed))
  }

  @Test func everyReferenceComesBack() throws {
    let mount = try MountedMemory()
    for index in 0..<500 { #expect(writeFile(mount["f\(index)"], "x")) }
    for name in try #require(names(mount.path)) { #expect(status(mount[name]) != nil) }
    for index in 0..<500 { #expect(unlink(mount["f\(index)"]) == 0) }
    // Dropping the dentries sends the last forgets; they carry no reply, so wait for the effect.
    let left = mount.files.state.wait(until: Deadline(secondsFromNow: 20)) {
      $0.nodes.count == 1 ? true : nil
    }
    #expect(left == true)
    #expect(mount.files.state.withLock { $0.handles.isEmpty })
  }

  @Test func extendedAttributesOfAnySize() throws {
    let mount = try MountedMemory()
    #expect(writeFile(mount["f"], ""))
    #expect(setxattr(mount["f"], "user.a", "value", 5, 0) == 0)
    #expect(failure(setxattr(mount["f"], "user.a", "v", 1, 1)) == EEXIST)
    #expect(failure(setxattr(mount["f"], "user.b", "v", 1, 2)) == ENODATA)
    #expect(setxattr(mount["f"], "user.empty", "", 0, 0) == 0)
    var buffer = [UInt8](repeating: 0, count: 16)
    #expect(getxattr(mount["f"], "user.a", nil, 0) == 5)
    #expect(getxattr(mount["f"], "user.a", &buffer, 16) == 5)
    #expect(buffer.starts(with: "value".utf8))
    #expect(getxattr(mount["f"], "user.a", &buffer, 3) == -1 && errno == ERANGE)
    #expect(getxattr(mount["f"], "user.empty", &buffer, 16) == 0)
    #expect(listxattr(mount["f"], nil, 0) == 18)
    #expect(removexattr(mount["f"], "user.a") == 0)
    #expect(getxattr(mount["f"], "user.a", &buffer, 16) == -1 && errno == ENODATA)
  }

  @Test func withoutExtendedAttributesTheKernelStopsAsking() throws {
    let mount = try MountedMemory { $0.extendedAttributes = false }
    #expect(writeFile(mount["f"], ""))
    #expect(failure(setxattr(mount["f"], "user.a", "v", 1, 0)) == EOPNOTSUPP)
  }

  @Test func spaceIsReported() throws {
    let mount = try MountedMemory()
    var space = statvfs()
    #expect(statvfs(mount.path, &space) == 0)
    #expect(space.f_blocks == 1000 && space.f_bavail == 400 && space.f_files == 50)
    #expect(space.f_namemax == 255)
  }

  @Test func descriptorsDoEverythingElse() throws {
    let mount = try MountedMemory()
    let file = open(mount["f"], O_CLOEXEC | O_RDWR | O_CREAT, 0o644)
    #expect(pwrite(file, "0123456789", 10, 0) == 10)
    #expect(fsync(file) == 0 && fdatasync(file) == 0)
    #expect(posix_fallocate(file, 0, 20) == 0)
    #expect(lseek(file, 3, 3) == 3 && lseek(file, 3, 4) == 20)
    #expect(lseek(file, 99, 3) == -1 && errno == ENXIO)
    let copy = open(mount["g"], O_CLOEXEC | O_RDWR | O_CREAT, 0o644)
    #expect(lseek(file, 0, SEEK_SET) == 0)
    #expect(copy_file_range(file, nil, copy, nil, 10, 0) == 10)
    #expect(readFile(mount["g"]) == "0123456789")
    #expect(ftruncate(file, 2) == 0 && fchmod(file, 0o600) == 0)
    close(copy)
    close(file)
    let directory = open(mount.path, O_CLOEXEC | O_RDONLY | O_DIRECTORY)
    #expect(fsync(directory) == 0)
    close(directory)
  }

  @Test func bigReadsAndWritesComeThroughWhole() throws {
    let mount = try MountedMemory()
    let bytes = (0..<(5 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 13) }
    let file = open(mount["big"], O_CLOEXEC | O_RDWR | O_CREAT, 0o644)
    #expect(write(file, bytes, bytes.count) == bytes.count)
    mount.notifications.invalidate(
      InodeID(number: UInt64(try #require(status(mount["big"])).st_ino)), dropData: true)
    var back = [UInt8](repeating: 0, count: bytes.count)
    #expect(pread(file, &back, back.count, 0) == bytes.count)
    #expect(back == bytes)
    close(file)
  }

  @Test func namesThatAreNotUTF8AreRefused() throws {
    let mount = try MountedMemory()
    let bad: [CChar] = Array(mount["x"].utf8CString.dropLast()) + [-1, 0]
    #expect(open(bad, O_CREAT | O_WRONLY, 0o644) == -1 && errno == EILSEQ)
    #expect(failure(open(mount[String(repeating: "n", count: 256)], O_RDONLY)) == ENAMETOOLONG)
  }

  @Test func closeReportsAFailedFlush() throws {
    let mount = try MountedMemory()
    let file = open(mount["f"], O_CLOEXEC | O_RDWR | O_CREAT, 0o644)
    #expect(write(file, "fail", 4) == 4)
    #expect(failure(close(file)) == EIO)
  }

  @Test func readOnlyMountsRefuseWrites() throws {
    let mount = try MountedMemory { $0.kernelOptions.append("ro") }
    #expect(failure(mkdir(mount["d"], 0o755)) == EROFS)
  }
}
