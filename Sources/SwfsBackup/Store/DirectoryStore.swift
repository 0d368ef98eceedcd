import Glibc
public import SwfsCore

/// A repository in a directory: local disk, NFS, any mount that renames atomically.
///
/// Thread-safe: every write goes through a temporary file of its own.
public final class DirectoryStore: RepositoryStore {
  private let root: String

  public init(_ path: String) {
    root = path.utf8.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  public var location: String { root }

  private static let temporaryFolder = "tmp"

  /// Makes the directory with its folders; existing ones are fine.
  ///
  /// - Throws: as `write`.
  public func prepare() throws(FSError) {
    try makeDirectory("")
    for folder in ["packs", "index", "snapshots", Self.temporaryFolder] {
      try makeDirectory(folder)
    }
    try syncDirectory("")
  }

  /// Whether nothing is there, or an empty directory.
  public func isVacant() throws(FSError) -> Bool {
    guard let names = try entries("") else { return true }
    return names.isEmpty
  }

  public func read(_ name: String) throws(FSError) -> [UInt8] {
    let file = try open(name)
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw Self.failure("read", name) }
    return try read(file, name, offset: 0, count: Int(status.st_size))
  }

  public func read(_ name: String, offset: UInt64, count: Int) throws(FSError) -> [UInt8] {
    let file = try open(name)
    defer { close(file) }
    return try read(file, name, offset: offset, count: count)
  }

  private func open(_ name: String) throws(FSError) -> Int32 {
    let file = Glibc.open(path(name), O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Self.failure("open", name) }
    return file
  }

  private func read(
    _ file: Int32, _ name: String, offset: UInt64, count: Int
  ) throws(FSError) -> [UInt8] {
    guard let start = off_t(exactly: offset), count >= 0 else {
      throw FSError(.corrupt, "\(name): a position that no file has")
    }
    var got = 0
    var reason: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while got < count {
        let part = pread(file, buffer.baseAddress.map { $0 + got }, count - got, start + got)
        if part < 0 && errno == EINTR { continue }
        if part < 0 { reason = errno }
        if part <= 0 { break }
        got += part
      }
      filled = got
    }
    if reason != 0 {
      errno = reason
      throw Self.failure("read", name)
    }
    guard got == count else { throw FSError(.corrupt, "\(name): ends too early") }
    return bytes
  }

  public func write(_ name: String, _ bytes: [UInt8]) throws(FSError) {
    try place(name, bytes) { temporary, target in Glibc.rename(temporary, target) }
  }

  public func create(_ name: String, _ bytes: [UInt8]) throws(FSError) {
    // link() fails when the name is taken, and works on every file system that has links; the
    // temporary name goes away below.
    try place(name, bytes) { temporary, target in link(temporary, target) }
  }

  private func place(
    _ name: String, _ bytes: [UInt8], _ move: (String, String) -> Int32
  ) throws(FSError) {
    let folder = name.lastIndex(of: "/").map { String(name[..<$0]) } ?? ""
    let unique = "\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    let temporary = path(Self.temporaryFolder + "/" + unique)
    let file = Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.failure("create a temporary file for", name) }
    defer { unlink(temporary) }
    do {
      defer { close(file) }
      try Self.writeAll(file, bytes, name)
      guard fsync(file) == 0 else { throw Self.failure("flush", name) }
    }
    if move(temporary, path(name)) != 0 {
      guard errno == ENOENT else { throw Self.failure("place", name) }
      // The first object of a pack folder.
      try makeDirectory(folder)
      try syncDirectory(folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? "")
      guard move(temporary, path(name)) == 0 else { throw Self.failure("place", name) }
    }
    try syncDirectory(folder)
  }

  private static func writeAll(
    _ file: Int32, _ bytes: [UInt8], _ name: String
  ) throws(FSError) {
    var done = 0
    while done < bytes.count {
      let part = bytes.withUnsafeBytes { raw in
        Glibc.write(file, raw.baseAddress.map { $0 + done }, bytes.count - done)
      }
      if part < 0 && errno == EINTR { continue }
      guard part > 0 else { throw failure("write", name) }
      done += part
    }
  }

  public func list(_ folder: String) throws(FSError) -> [StoredObject] {
    var found: [StoredObject] = []
    for entry in try entries(folder) ?? [] {
      let name = folder + "/" + entry
      var status = stat()
      guard lstat(path(name), &status) == 0 else {
        if errno == ENOENT { continue }
        throw Self.failure("look at", name)
      }
      if status.st_mode & S_IFMT == S_IFDIR {
        found += try list(name)
      } else {
        found.append(StoredObject(name: name, size: UInt64(clamping: status.st_size)))
      }
    }
    return found
  }

  public func remove(_ name: String) throws(FSError) {
    guard unlink(path(name)) != 0, errno != ENOENT else { return }
    throw Self.failure("remove", name)
  }

  public func rename(_ name: String, to target: String) throws(FSError) {
    guard Glibc.rename(path(name), path(target)) == 0 else { throw Self.failure("rename", name) }
  }

  public func removeLeftovers() throws(FSError) {
    for name in try entries(Self.temporaryFolder) ?? [] {
      try remove(Self.temporaryFolder + "/" + name)
    }
  }

  // MARK: Directories

  private func path(_ name: String) -> String { name.isEmpty ? root : root + "/" + name }

  private func makeDirectory(_ name: String) throws(FSError) {
    guard mkdir(path(name), 0o700) != 0, errno != EEXIST else { return }
    throw Self.failure("make directory", name.isEmpty ? root : name)
  }

  /// Names in a folder; nil when there is no such folder.
  private func entries(_ folder: String) throws(FSError) -> [String]? {
    guard let directory = opendir(path(folder)) else {
      if errno == ENOENT { return nil }
      throw Self.failure("list", folder.isEmpty ? root : folder)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(directory) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw Self.failure("list", folder) }
    return names
  }

  private func syncDirectory(_ name: String) throws(FSError) {
    let directory = Glibc.open(path(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw Self.failure("open", name) }
    defer { close(directory) }
    // Some file systems cannot sync a directory and say so.
    guard fsync(directory) == 0 || errno == EINVAL else { throw Self.failure("flush", name) }
  }

  private static func failure(_ verb: String, _ name: String) -> FSError {
    let code: FSError.Code =
      switch errno {
      case ENOENT: .notFound
      case EEXIST: .exists
      case ENOSPC: .noSpace
      case EDQUOT: .quotaExceeded
      case EACCES, EPERM: .accessDenied
      case EROFS: .readOnly
      default: .remote
      }
    return FSError(
      code, "repository: cannot \(verb) \(name): \(String(cString: strerror(errno)))")
  }
}
