import Glibc
import SwfsCore
import Testing

/// Runs the body with a directory of its own, which is removed afterwards.
func withDirectory(_ body: (String) throws -> Void) throws {
  var template = Array("/tmp/swfs-cache-test-XXXXXX".utf8CString)
  let made = template.withUnsafeMutableBufferPointer {
    $0.baseAddress.flatMap { mkdtemp($0) } != nil
  }
  try #require(made)
  let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  defer { removeTree(path) }
  try body(path)
}

/// Block files below a cache directory, sorted.
func files(_ directory: String) -> [String] {
  var found: [String] = []
  for place in names(directory) {
    for fan in names("\(directory)/\(place)") where fan != "lock" {
      found += names("\(directory)/\(place)/\(fan)").map { "\(directory)/\(place)/\(fan)/\($0)" }
    }
  }
  return found.sorted()
}

func names(_ directory: String) -> [String] {
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

func write(_ path: String, _ bytes: [UInt8]) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
}

/// Changes bytes of a file in place.
func change(_ path: String, _ body: (inout [UInt8]) -> Void) throws {
  let descriptor = open(path, O_RDWR)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 1 << 20)
  let count = pread(descriptor, &bytes, bytes.count, 0)
  try #require(count > 0)
  bytes.removeLast(bytes.count - count)
  body(&bytes)
  try #require(pwrite(descriptor, bytes, bytes.count, 0) == bytes.count)
}

private func removeTree(_ path: String) {
  var status = stat()
  guard lstat(path, &status) == 0 else { return }
  guard status.st_mode & S_IFMT == S_IFDIR else {
    unlink(path)
    return
  }
  for name in names(path) { removeTree("\(path)/\(name)") }
  rmdir(path)
}
