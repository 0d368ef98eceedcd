import CFuse
import Glibc
public import SwfsCore
public import SwfsFS
import SwfsObserve
import Synchronization

/// A file system mounted at a directory, for as long as the kernel or the user wants it.
///
/// Order of life: `init`, `mount`, `start`, any number of waits, `unmount`, `close`. Thread-safe.
public final class FuseSession: @unchecked Sendable {
  // Safe: `session` is set in `mount`, cleared in `close`, both called by the owner in that order;
  // libfuse's session functions may be called from any thread.
  private let glue: Glue
  private let notifications: KernelNotificationQueue
  private var session: OpaquePointer?
  private let loop = Monitor(LoopState.idle)

  private enum LoopState { case idle, running, ended }

  /// Where it is mounted, absolute; empty before `mount`.
  public private(set) var mountPoint = ""
  /// `major:minor` of the mounted file system, when it could be found out.
  public private(set) var device: String?

  public init(
    _ fileSystem: any FileSystem, options: FuseOptions, notifications: KernelNotificationQueue
  ) {
    glue = Glue(fileSystem: fileSystem, options: options)
    self.notifications = notifications
  }

  /// Mounts; requests wait in the kernel until `start`.
  ///
  /// - Throws: `remote` with libfuse's reason.
  public func mount(at path: String) throws(FSError) {
    LibraryMessages.capture()
    var table = OperationTable.make(glue.options)
    var arguments = fuse_args()
    for argument in ["swfs-mount", "-o", mountOptions().joined(separator: ",")] {
      fuse_opt_add_arg(&arguments, argument)
    }
    defer { fuse_opt_free_args(&arguments) }
    guard
      let session = fuse_session_new(
        &arguments, &table, MemoryLayout<fuse_lowlevel_ops>.size,
        Unmanaged.passUnretained(glue).toOpaque())
    else {
      throw FSError(.remote, "cannot set up FUSE: \(LibraryMessages.takeLast())")
    }
    guard fuse_session_mount(session, path) == 0 else {
      let reason = LibraryMessages.takeLast()
      fuse_session_destroy(session)
      throw FSError(.remote, "cannot mount at \(path): \(reason)")
    }
    self.session = session
    mountPoint = path
    device = MountTable.read()?.last { $0.mountPoint == path }?.device
  }

  /// Begins to serve requests.
  public func start() {
    guard let session else { return }
    notifications.attach(session)
    loop.update { $0 = .running }
    startThread("swfs-fuse") { self.run() }
    raiseReadahead()
  }

  /// Files and directories that processes hold open.
  public var openHandles: Int { max(0, glue.openHandles.load(ordering: .relaxed)) }

  public var hasEnded: Bool { loop.withLock { $0 == .ended } }

  /// Waits until the kernel has ended the connection (the last copy of the mount is gone).
  ///
  /// - Returns: whether it has.
  public func waitUntilEnded(seconds: Double) -> Bool {
    loop.wait(until: Deadline(secondsFromNow: seconds)) { $0 == .ended ? true : nil } ?? false
  }

  /// Takes the mount out of the name space; when files in it are in use, only its name goes now and
  /// the rest when they are closed.
  ///
  /// - Returns: whether nothing was in use.
  @discardableResult
  public func unmount() -> Bool {
    if hasEnded { return true }
    if umount2(mountPoint, 0) == 0 { return true }
    if errno == EPERM { return unmountWithHelper() }
    // Safe to repeat: somebody else may have unmounted it meanwhile.
    _ = umount2(mountPoint, Int32(MNT_DETACH))
    return false
  }

  /// Frees the session after the loop has ended. Otherwise it stays: a thread may still be in it, and
  /// the process is about to exit anyway.
  public func close() {
    glue.interrupts.stop()
    let quiet = notifications.detach(seconds: 5)
    guard quiet, hasEnded, let session else { return }
    self.session = nil
    fuse_session_unmount(session)
    fuse_session_destroy(session)
  }

  private func run() {
    guard let session else { return }
    let configuration = fuse_loop_cfg_create()
    fuse_loop_cfg_set_max_threads(configuration, UInt32(clamping: glue.options.threadsMax))
    // Idle threads stay: making one for each burst costs nine tenths of the throughput.
    fuse_loop_cfg_set_idle_threads(configuration, UInt32(clamping: glue.options.threadsMax))
    fuse_loop_cfg_set_clone_fd(configuration, 0)
    let result = fuse_session_loop_mt(session, configuration)
    fuse_loop_cfg_destroy(configuration)
    if result < 0 { Log.error("the FUSE loop ended with errno \(-result)") }
    loop.update { $0 = .ended }
  }

  private func mountOptions() -> [String] {
    var options = glue.options.kernelOptions
    options.append("fsname=" + Self.escape(glue.options.source))
    options.append("subtype=" + Self.escape(glue.options.subtype))
    options.append("max_read=\(KernelFlags.requestBytesMax)")
    if glue.options.allowOther { options.append("allow_other") }
    if glue.options.defaultPermissions { options.append("default_permissions") }
    return options
  }

  /// libfuse splits at commas that have no backslash before them.
  private static func escape(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if character == "," || character == "\\" { result.append("\\") }
      result.append(character)
    }
  }

  /// The kernel starts at 128 KiB whatever `max_readahead` says; only root may raise it.
  private func raiseReadahead() {
    guard let device else { return }
    let file = open("/sys/class/bdi/\(device)/read_ahead_kb", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { Glibc.close(file) }
    let text = "\(glue.options.readaheadBytes / 1024)"
    if write(file, text, text.utf8.count) < 0 {
      Log.debug("readahead stays at the kernel's default errno=\(errno)")
    }
  }

  /// Without root only the set-user-id helper may unmount.
  private func unmountWithHelper() -> Bool {
    let words = ["fusermount3", "-u", "-z", "--", mountPoint]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process = pid_t()
    guard posix_spawnp(&process, "fusermount3", nil, nil, &arguments, environ) == 0 else {
      Log.error("cannot unmount \(mountPoint): fusermount3 is not installed")
      return false
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return status == 0
  }
}
