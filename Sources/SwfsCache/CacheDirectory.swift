import Glibc
import SwfsCore

/// The directory that one mount has to itself below the user's cache directory.
///
/// `CACHE-DIR/IDENTITY-N/XX/VOLUME-KEY-COOKIE-START-COUNT`, all in hex: IDENTITY is a hash of the
/// cluster, N the first number whose lock file is free, so that mounts never share files and a
/// restarted mount finds its own again. XX spreads the blocks over 256 directories.
final class CacheDirectory: Sendable {
  /// Mounts of one cluster that can share a cache directory.
  static let mountsMax = 64

  let path: String
  /// Holds the lock for as long as the descriptor is open.
  private let lock: Int32

  enum Failure: Error {
    case system(String, Int32)
    case unsafe(String)
    case allTaken

    var text: String {
      switch self {
      case .system(let what, let code): "\(what): \(String(cString: strerror(code)))"
      case .unsafe(let path): "\(path) belongs to or can be written by somebody else"
      case .allTaken: "\(CacheDirectory.mountsMax) mounts use it already"
      }
    }
  }

  /// Creates what is missing and takes the first free place.
  init(below parent: String, identity: String) throws(Failure) {
    try Self.makeDirectories(parent)
    let name = Self.hash(Array(identity.utf8))
    for number in 0..<Self.mountsMax {
      let path = "\(parent)/\(name)-\(number)"
      if mkdir(path, 0o700) != 0 && errno != EEXIST { throw .system(path, errno) }
      try Self.checkIsOurs(path)
      let lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard lock >= 0 else { throw .system("\(path)/lock", errno) }
      if flock(lock, LOCK_EX | LOCK_NB) == 0 {
        self.path = path
        self.lock = lock
        return
      }
      let code = errno
      Glibc.close(lock)
      guard code == EWOULDBLOCK else { throw .system("\(path)/lock", code) }
    }
    throw .allTaken
  }

  deinit { Glibc.close(lock) }

  /// Where a block lives.
  func file(_ key: BlockKey) -> String {
    "\(path)/\(fan(key))/\(name(key))"
  }

  /// Where a block is written before it moves to its place.
  func temporaryFile() -> String { "\(path)/incoming" }

  /// Makes the directory that a block lives in. Returns an errno, or nil.
  func makeFan(_ key: BlockKey) -> Int32? {
    mkdir("\(path)/\(fan(key))", 0o700) == 0 || errno == EEXIST ? nil : errno
  }

  /// Everything that is there, the file written longest ago first.
  func scan() -> [BlockKey] {
    unlink(temporaryFile())
    var found: [(key: BlockKey, seconds: Int, nanoseconds: Int)] = []
    for fan in 0..<256 {
      let directory = "\(path)/\(Self.twoDigits(fan))"
      for name in Self.names(in: directory) {
        var status = stat()
        guard let key = Self.key(name), self.file(key) == "\(directory)/\(name)",
          lstat("\(directory)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG,
          Int(status.st_size) == BlockFile.fileBytes(key)
        else {
          unlink("\(directory)/\(name)")
          continue
        }
        found.append((key, status.st_mtim.tv_sec, status.st_mtim.tv_nsec))
      }
    }
    found.sort { ($0.seconds, $0.nanoseconds) < ($1.seconds, $1.nanoseconds) }
    return found.map(\.key)
  }

  /// Bytes that unprivileged users could still write to the file system, or nil when it does not say.
  func freeBytes() -> Int? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    let (bytes, overflow) = Int(clamping: status.f_bavail)
      .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
    return overflow ? nil : bytes
  }

  // MARK: Names

  private func name(_ key: BlockKey) -> String {
    [UInt64(key.fid.volume), key.fid.key, UInt64(key.fid.cookie), key.start, UInt64(key.count)]
      .map { String($0, radix: 16) }.joined(separator: "-")
  }

  private static func key(_ name: String) -> BlockKey? {
    let parts = name.split(separator: "-").map { UInt64($0, radix: 16) }
    guard parts.count == 5, let volume = parts[0].flatMap(UInt32.init(exactly:)),
      let key = parts[1], let cookie = parts[2].flatMap(UInt32.init(exactly:)),
      let start = parts[3], let count = parts[4].flatMap(Int.init(exactly:)), count > 0,
      count <= 1 << 32
    else { return nil }
    return BlockKey(
      fid: FileID(volume: volume, key: key, cookie: cookie), start: start, count: count)
  }

  private func fan(_ key: BlockKey) -> String {
    var mixed = ContentFingerprint()
    mixed.combine(key.fid.key)
    mixed.combine(key.start)
    return Self.twoDigits(Int(mixed.value & 255))
  }

  private static func twoDigits(_ value: Int) -> String {
    (value < 16 ? "0" : "") + String(value, radix: 16)
  }

  private static func hash(_ bytes: [UInt8]) -> String {
    var mixed = ContentFingerprint()
    mixed.combine(bytes: bytes)
    return String(mixed.value, radix: 16)
  }

  // MARK: System calls

  private static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  private static func makeDirectories(_ path: String) throws(Failure) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      if mkdir(made, 0o755) != 0 && errno != EEXIST { throw .system(made, errno) }
    }
  }

  /// What is cached are the bytes of users' files: nobody else may read or plant them.
  private static func checkIsOurs(_ path: String) throws(Failure) {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw .system(path, errno) }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
      status.st_mode & 0o022 == 0
    else { throw .unsafe(path) }
  }
}
