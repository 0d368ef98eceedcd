import Foundation
import SwfsCore
import SwfsTransport
import Testing

@testable import SwfsCluster

/// A real cluster for tests: filers from `SWFS_TEST_FILERS` (`host:port,host:port`). Without it the
/// live suites are skipped.
struct LiveCluster {
  static let filers: [ServerAddress] = {
    let text = ProcessInfo.processInfo.environment["SWFS_TEST_FILERS"] ?? ""
    return text.split(separator: ",").compactMap { try? ServerAddress(parsing: String($0)) }
  }()

  static var isThere: Bool { !filers.isEmpty }

  let calls: FilerCalls
  let client: FilerClient
  let names: FilerNames
  /// A directory of this test alone.
  let home: EntryPath

  init(_ addresses: [ServerAddress] = filers, home name: String = "t") throws {
    calls = FilerCalls(addresses, identity: ClientIdentity(name: "test"))
    client = FilerClient(calls)
    names = FilerNames(calls)
    let unique = "swfs-live-\(name)-\(UInt32.random(in: 0...UInt32.max))"
    home = EntryPath.root.appending(EntryName(unchecked: unique))
    try client.create(Self.directory(home.name), in: .root, precondition: .absent, Self.patient)
  }

  /// A context with time enough for a slow machine.
  static var patient: OperationContext { .background(seconds: 60) }

  func remove() throws {
    try client.delete(home, recursive: true, freeChunks: true, Self.patient)
    calls.close()
  }

  static func directory(_ name: EntryName) -> Entry {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: .directory, permissions: 0o755)
    attributes.mtime = Timestamp.now.seconds
    attributes.crtime = attributes.mtime
    return Entry(name: name, isDirectoryFlag: true, attributes: attributes)
  }

  static func file(_ name: EntryName, content: [UInt8] = []) -> Entry {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: .regular, permissions: 0o644)
    let now = Timestamp.now
    attributes.mtime = now.seconds
    attributes.mtimeNanoseconds = now.nanoseconds
    attributes.ctime = now.seconds
    attributes.ctimeNanoseconds = now.nanoseconds
    attributes.crtime = now.seconds
    attributes.fileSize = UInt64(content.count)
    return Entry(name: name, attributes: attributes, content: content)
  }
}

extension EntryPath {
  /// The entry of that name in this directory.
  func child(_ name: EntryName) -> EntryPath { appending(name) }
}
