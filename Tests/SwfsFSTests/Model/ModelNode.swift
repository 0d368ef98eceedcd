import SwfsCore

/// One file of the reference model: what POSIX says it holds.
final class ModelNode {
  let kind: FileKind
  var permissions: UInt16
  var uid: UInt32 = 0
  var gid: UInt32 = 0
  var bytes: [UInt8] = []
  var target = ""
  var rdev: UInt32 = 0
  var attributes: [String: [UInt8]] = [:]
  var linkCount = 1
  /// Known only after somebody set it and until something changed it.
  var mtime: Timestamp?
  var children: [EntryName: ModelNode] = [:]

  init(_ kind: FileKind, permissions: UInt16) {
    self.kind = kind
    self.permissions = permissions
  }

  var isDirectory: Bool { kind == .directory }

  func write(_ data: [UInt8], at offset: Int) {
    if data.isEmpty { return }
    resize(max(bytes.count, offset + data.count))
    bytes.replaceSubrange(offset..<offset + data.count, with: data)
    mtime = nil
  }

  func resize(_ size: Int) {
    if size < bytes.count {
      bytes.removeLast(bytes.count - size)
    } else {
      bytes += [UInt8](repeating: 0, count: size - bytes.count)
    }
    mtime = nil
  }

  func zero(_ range: Range<Int>) {
    for index in range.clamped(to: 0..<bytes.count) { bytes[index] = 0 }
    mtime = nil
  }

  func read(at offset: Int, count: Int) -> [UInt8] {
    guard offset < bytes.count else { return [] }
    return Array(bytes[offset..<min(bytes.count, offset + count)])
  }
}
