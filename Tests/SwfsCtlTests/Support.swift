import FoundationEssentials
import Glibc
import SwfsCore

func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
  let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  let path = base + "/swfs-ctl-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(path)
}

func filesIn(_ directory: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: directory)
}

func write(_ text: String, to path: String) throws {
  try Data(text.utf8).write(to: URL(filePath: path))
}

/// An entry with the attributes that matter to filters and sums.
func file(
  _ kind: FileKind = .regular, size: UInt64 = 0, mtime: Int64 = 0, uid: UInt32 = 0,
  link: [UInt8]? = nil
) -> FileAttributes {
  FileAttributes(
    mode: FileMode(kind: kind, permissions: 0o644), uid: uid, size: size,
    mtime: Timestamp(seconds: mtime), hardLinkID: link)
}
