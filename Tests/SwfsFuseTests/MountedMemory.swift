import Glibc
import SwfsCore
import Testing

@testable import SwfsFuse

/// A memory file system mounted at a fresh directory for the length of one test.
final class MountedMemory {
  let files = MemoryFileSystem()
  let notifications = KernelNotificationQueue()
  let session: FuseSession
  let path: String

  init(_ configure: (inout FuseOptions) -> Void = { _ in }) throws {
    var template = Array("/tmp/swfs-fuse-XXXXXX".utf8CString)
    path = try #require(mkdtemp(&template).map { String(cString: $0) })
    var options = FuseOptions()
    options.kernelOptions = ["suid", "dev"]
    configure(&options)
    session = FuseSession(files, options: options, notifications: notifications)
    try session.mount(at: path)
    session.start()
  }

  /// Ends the mount and says whether nothing was in use and the loop ended.
  @discardableResult
  func end() -> Bool {
    let wasFree = session.unmount()
    let ended = session.waitUntilEnded(seconds: 20)
    session.close()
    rmdir(path)
    return wasFree && ended
  }

  deinit { end() }

  subscript(_ name: String) -> String { path + "/" + name }
}

/// The errno of a call that must fail.
func failure(_ call: @autoclosure () -> Int32) -> Int32 {
  errno = 0
  return call() == -1 ? errno : 0
}

func status(_ path: String) -> stat? {
  var result = stat()
  return lstat(path, &result) == 0 ? result : nil
}

func writeFile(_ path: String, _ text: String, _ flags: Int32 = O_CREAT | O_TRUNC) -> Bool {
  let file = open(path, O_CLOEXEC | O_WRONLY | flags, 0o644)
  guard file >= 0 else { return false }
  let count = write(file, text, text.utf8.count)
  return close(file) == 0 && count == text.utf8.count
}

func readFile(_ path: String) -> String? {
  let file = open(path, O_CLOEXEC | O_RDONLY)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 16)
  let count = read(file, &bytes, bytes.count)
  return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
}

func names(_ path: String) -> [String]? {
  guard let directory = opendir(path) else { return nil }
  defer { closedir(directory) }
  var result: [String] = []
  while let entry = readdir(directory) {
    result.append(
      withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      })
  }
  return result
}
