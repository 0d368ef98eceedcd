import Glibc
import SwfsCluster
import SwfsCore
import SwfsPostgres
import SwfsTransport
import Testing

@testable import SwfsCtl

/// A real cluster for tests: `SWFS_TEST_FILERS` and `SWFS_TEST_POSTGRES`. Without them live suites are
/// skipped.
struct LiveCluster {
  static var isThere: Bool {
    Environment["SWFS_TEST_FILERS"] != nil && Environment["SWFS_TEST_POSTGRES"] != nil
  }

  let filers: FilerAccess
  let settings: PostgresSettings
  let chunks: VolumeChunkStore
  /// A directory of this test alone.
  let home: EntryPath

  static var patient: OperationContext { .background(seconds: 60) }

  init() throws {
    let text = try #require(Environment["SWFS_TEST_FILERS"])
    let addresses = try text.split(separator: ",").map {
      try ServerAddress(parsing: String($0))
    }
    filers = try FilerAccess(addresses, security: try .load())
    settings = try PostgresSettings(conninfo: try #require(Environment["SWFS_TEST_POSTGRES"]))
    chunks = filers.chunkStore()
    home = EntryPath(unchecked: "/swfs-ctl-live-\(UInt32.random(in: 0 ... .max))")
    try makeDirectory(home)
  }

  func remove() throws {
    try filers.store.delete(home, recursive: true, freeChunks: true, Self.patient)
    filers.calls.close()
  }

  func snapshot() throws -> NamespaceSnapshot { try NamespaceSnapshot(settings) }

  func makeDirectory(_ path: EntryPath) throws {
    var entry = Self.entry(path.name, .directory)
    entry.isDirectoryFlag = true
    try filers.store.create(entry, in: path.parent, precondition: .absent, Self.patient)
  }

  /// A file with one needle.
  @discardableResult
  func makeFile(
    _ path: EntryPath, _ bytes: [UInt8], change: (inout Entry) -> Void = { _ in }
  ) throws -> Entry {
    var chunk = try bytes.withUnsafeBytes { bytes in
      try chunks.upload(bytes, placement: ChunkPlacement(path: path), Self.patient)
    }
    chunk.modifiedNanoseconds = Timestamp.now.totalNanoseconds
    var entry = Self.entry(path.name, .regular)
    entry.chunks = [chunk]
    entry.attributes.fileSize = UInt64(bytes.count)
    change(&entry)
    try filers.store.create(entry, in: path.parent, precondition: .absent, Self.patient)
    return entry
  }

  func contents(_ path: EntryPath) throws -> [UInt8] {
    let entry = try filers.store.current(path, Self.patient)
    let chunk = try #require(entry.chunks.first)
    var bytes = [UInt8](repeating: 0, count: Int(chunk.size))
    try bytes.withUnsafeMutableBytes { buffer in
      try chunks.read(chunk, needleOffset: 0, into: buffer, Self.patient)
    }
    return bytes
  }

  static func entry(_ name: EntryName, _ kind: FileKind) -> Entry {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: kind, permissions: kind == .directory ? 0o755 : 0o640)
    attributes.uid = 1000
    attributes.gid = 100
    attributes.mtime = 1_700_000_000
    attributes.mtimeNanoseconds = 123_456_789
    attributes.ctime = 1_700_000_000
    attributes.atime = 1_700_000_000
    attributes.crtime = 1_600_000_000
    return Entry(name: name, attributes: attributes)
  }
}

extension EntryPath {
  /// The entry of that name in this directory.
  func child(_ name: EntryName) -> EntryPath { appending(name) }
}
