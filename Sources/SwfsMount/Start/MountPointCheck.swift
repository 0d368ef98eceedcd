import Glibc
import SwfsCore
import SwfsFuse
import SwfsObserve

/// Whether one can mount there, before anything is started.
enum MountPointCheck {
  /// A mount that does not answer for this long is busy, not dead.
  static let patienceSeconds = 5.0

  /// - Returns: the mount point with symbolic links resolved.
  /// - Throws: `badMountPoint` or `noFuse` in one line.
  static func run(
    _ path: String, create: Bool, allowsNonempty: Bool
  ) throws(StartFailure) -> String {
    try checkDevice()
    var (resolved, failure) = try resolve(path)
    if failure == ENOTCONN {
      // What a killed mount leaves behind: nothing can use it, so nothing is lost.
      let table = MountTable.read()?.last { $0.mountPoint == resolved }
      guard umount2(resolved, Int32(MNT_DETACH)) == 0 else {
        throw bad("\(path) is a dead mount that cannot be removed: \(errorText(errno))")
      }
      Log.notice("removed a dead mount mountpoint=\(path) source=\(table?.source ?? "unknown")")
      (resolved, failure) = try resolve(path)
    }
    if failure == ENOENT && create {
      guard makeDirectories(path) else { throw bad("cannot make \(path): \(errorText(errno))") }
      (resolved, failure) = try resolve(path)
    }
    switch failure {
    case 0: break
    case ENOENT: throw bad("mount point \(path) does not exist")
    case ENOTDIR: throw bad("mount point \(path) is not a directory")
    default: throw bad("mount point \(path): \(errorText(failure))")
    }
    try checkDirectory(resolved, allowsNonempty: allowsNonempty)
    return resolved
  }

  private static func checkDevice() throws(StartFailure) {
    let file = open("/dev/fuse", O_RDWR | O_CLOEXEC)
    if file >= 0 {
      close(file)
      return
    }
    switch errno {
    case ENOENT, ENXIO, ENODEV:
      throw StartFailure(
        .noFuse, "no /dev/fuse: load the module (modprobe fuse) or give the container the device")
    default: throw StartFailure(.noFuse, "cannot open /dev/fuse: \(errorText(errno))")
    }
  }

  /// The real path and 0, or the errno. A stalled mount is asked with patience, not for ever.
  private static func resolve(_ path: String) throws(StartFailure) -> (String, Int32) {
    let answer = patiently { () -> (String, Int32) in
      guard let real = realpath(path, nil) else { return (path, errno) }
      defer { free(real) }
      let resolved = String(cString: real)
      var status = stat()
      guard stat(resolved, &status) == 0 else { return (resolved, errno) }
      guard status.st_mode & S_IFMT == S_IFDIR else { return (resolved, ENOTDIR) }
      // A dead mount's root is still in the kernel's attribute cache; its size never is.
      var space = statvfs()
      return (resolved, statvfs(resolved, &space) == 0 || errno != ENOTCONN ? 0 : ENOTCONN)
    }
    guard let answer else { throw bad("\(path) is busy: a mount there does not answer") }
    return answer
  }

  private static func checkDirectory(
    _ path: String, allowsNonempty: Bool
  ) throws(StartFailure) {
    if allowsNonempty { return }
    // Something else mounted there (a volume, a tmpfs) may well be meant to be mounted over.
    if let mount = MountTable.read()?.last(where: { $0.mountPoint == path }),
      mount.type.hasPrefix("fuse.")
    {
      throw bad("\(path) is busy: \(mount.source) (\(mount.type)) is mounted there")
    }
    guard let directory = opendir(path) else { throw bad("\(path): \(errorText(errno))") }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." {
        throw bad("\(path) is not empty (\(name)); --nonempty mounts over it")
      }
    }
  }

  private static func makeDirectories(_ path: String) -> Bool {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/" + part
      if mkdir(made, 0o755) != 0 && errno != EEXIST { return false }
    }
    return true
  }

  private static func bad(_ message: String) -> StartFailure {
    StartFailure(.badMountPoint, message)
  }

  /// Runs something that may hang on a thread of its own; nil when it does.
  static func patiently<R: Sendable>(
    seconds: Double = patienceSeconds, _ body: @escaping @Sendable () -> R
  ) -> R? {
    let result = Monitor<R?>(nil)
    startThread("swfs-check") {
      let value = body()
      result.update { $0 = value }
    }
    return result.wait(until: Deadline(secondsFromNow: seconds)) { $0 }
  }
}
