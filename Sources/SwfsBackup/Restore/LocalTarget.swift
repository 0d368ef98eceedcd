internal import CLinux
import Glibc
public import SwfsCore
import SwfsObserve

/// Restores into a local directory.
///
/// Files are written under a temporary name and appear complete. Nothing is followed out of the
/// directory: what is no real directory is not entered.
public struct LocalTarget: RestoreTarget {
  private let root: String
  private let isRoot: Bool

  /// - Parameter root: an existing directory.
  public init(_ root: String) {
    self.root = root
    isRoot = geteuid() == 0
  }

  public var location: String { root }

  private func local(_ path: EntryPath) -> String { path.isRoot ? root : root + path.string }

  public func existing(
    _ path: EntryPath, _ context: OperationContext
  ) throws(FSError) -> ExistingEntry? {
    var status = stat()
    guard lstat(local(path), &status) == 0 else {
      if errno == ENOENT { return nil }
      throw LocalFailure.error("look at", local(path))
    }
    return ExistingEntry(
      kind: LocalKind.kind(status.st_mode), size: UInt64(clamping: status.st_size),
      mtime: Timestamp(
        seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int32(status.st_mtim.tv_nsec)))
  }

  public func makeDirectory(
    _ path: EntryPath, _ entry: Entry, _ content: RestoreContent, _ context: OperationContext
  ) throws(FSError) {
    // Writable for us until everything in it is there.
    guard mkdir(local(path), 0o700) == 0 else {
      throw LocalFailure.error("make directory", local(path))
    }
  }

  public func finishDirectory(
    _ path: EntryPath, _ entry: Entry, _ context: OperationContext
  ) throws(FSError) {
    let file = open(local(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard file >= 0 else { throw LocalFailure.error("open", local(path)) }
    defer { close(file) }
    try LocalAttributes(entry, isRoot: isRoot).apply(to: file, local(path))
  }

  public func write(
    _ path: EntryPath, _ entry: Entry, _ content: RestoreContent, replacing: ExistingEntry?,
    links: LinkGroup?, _ context: OperationContext
  ) throws(FSError) {
    let target = local(path)
    let temporary =
      try local(path.parent) + "/.swfs-restore-" + ContentID(of: Array(target.utf8)).short
    // Of a restore that was killed.
    unlink(temporary)
    defer { unlink(temporary) }
    if let first = links?.first {
      guard linkat(AT_FDCWD, local(first), AT_FDCWD, temporary, 0) == 0 else {
        throw LocalFailure.error("link", target)
      }
    } else {
      try make(entry, content, temporary, context)
    }
    if replacing != nil {
      guard rename(temporary, target) == 0 else { throw LocalFailure.error("place", target) }
    } else {
      guard linkat(AT_FDCWD, temporary, AT_FDCWD, target, 0) == 0 else {
        throw LocalFailure.error("place", target)
      }
    }
  }

  private func make(
    _ entry: Entry, _ content: RestoreContent, _ path: String, _ context: OperationContext
  ) throws(FSError) {
    let mode = entry.attributes.mode
    let attributes = LocalAttributes(entry, isRoot: isRoot)
    switch mode.kind {
    case .regular:
      let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard file >= 0 else { throw LocalFailure.error("create", path) }
      defer { close(file) }
      try fill(file, entry, content, path, context)
      try attributes.apply(to: file, path)
      guard fsync(file) == 0 else { throw LocalFailure.error("flush", path) }
    case .symlink:
      guard symlink(entry.attributes.symlinkTarget, path) == 0 else {
        throw LocalFailure.error("make symlink", path)
      }
      try attributes.applyToSymlink(path)
    case .directory:
      throw FSError(.isDirectory, "\(path): a directory is no file")
    case .fifo, .socket, .characterDevice, .blockDevice:
      let bits = LocalKind.bits(mode.kind) | mode_t(0o600)
      guard mknod(path, bits, dev_t(entry.attributes.rdev)) == 0 else {
        throw LocalFailure.error("make special file", path)
      }
      try attributes.applyToSpecial(path)
    }
  }

  private func fill(
    _ file: Int32, _ entry: Entry, _ content: RestoreContent, _ path: String,
    _ context: OperationContext
  ) throws(FSError) {
    let size = try entry.fileAttributes().size
    guard let length = off_t(exactly: size) else { throw FSError(.fileTooLarge, path) }
    if !entry.content.isEmpty {
      try LocalFile.write(file, entry.content[...], at: 0, path)
    } else {
      let layers = try content.layers()
      if layers.isEmpty, let remote = entry.remote, remote.size > 0 {
        throw FSError(.noData, "the content is in remote storage \(remote.storageName) only")
      }
      for chunk in layers {
        try context.check("restore of \(path)")
        guard chunk.sseType == 0 else {
          throw FSError(.accessDenied, "the content is encrypted by the S3 gateway")
        }
        try LocalFile.write(file, try content.bytes(of: chunk), at: chunk.offset, path)
      }
    }
    // Holes and a tail of zeros need no bytes.
    guard ftruncate(file, length) == 0 else { throw LocalFailure.error("set the size of", path) }
  }
}

enum LocalFile {
  static func write(
    _ file: Int32, _ bytes: ArraySlice<UInt8>, at offset: Int64, _ path: String
  ) throws(FSError) {
    var done = 0
    while done < bytes.count {
      let part = bytes.withUnsafeBytes { raw in
        pwrite(file, raw.baseAddress.map { $0 + done }, raw.count - done, off_t(offset) + done)
      }
      if part < 0 && errno == EINTR { continue }
      guard part > 0 else { throw LocalFailure.error("write", path) }
      done += part
    }
  }
}

enum LocalFailure {
  /// The error of the system call that has just failed.
  static func error(_ verb: String, _ path: String) -> FSError {
    let code: FSError.Code =
      switch errno {
      case ENOENT: .notFound
      case EEXIST: .exists
      case ENOSPC: .noSpace
      case EDQUOT: .quotaExceeded
      case EACCES, EPERM: .accessDenied
      case EROFS: .readOnly
      case ENOTDIR: .notDirectory
      case EISDIR: .isDirectory
      case ENAMETOOLONG: .nameTooLong
      case ENOTSUP: .unsupported
      case EFBIG: .fileTooLarge
      default: .remote
      }
    return FSError(code, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }
}

enum LocalKind {
  static func kind(_ mode: mode_t) -> FileKind {
    switch mode & S_IFMT {
    case S_IFDIR: .directory
    case S_IFLNK: .symlink
    case S_IFIFO: .fifo
    case S_IFSOCK: .socket
    case S_IFCHR: .characterDevice
    case S_IFBLK: .blockDevice
    default: .regular
    }
  }

  static func bits(_ kind: FileKind) -> mode_t {
    switch kind {
    case .regular: S_IFREG
    case .directory: S_IFDIR
    case .symlink: S_IFLNK
    case .fifo: S_IFIFO
    case .socket: S_IFSOCK
    case .characterDevice: S_IFCHR
    case .blockDevice: S_IFBLK
    }
  }
}
