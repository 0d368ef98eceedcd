import Foundation
import SwfsBackup
import SwfsCluster
import SwfsCore
import SwfsPostgres
import SwfsTransport
import Testing

@testable import SwfsCtl

extension EntryPath {
  fileprivate func child(_ name: String) -> EntryPath { appending(EntryName(unchecked: name)) }
}

/// A real cluster: filers from `SWFS_TEST_FILERS`, their database from `SWFS_TEST_POSTGRES`. Without
/// both the suite is skipped.
private struct BackupCluster {
  static let environment = ProcessInfo.processInfo.environment
  static let filers = environment["SWFS_TEST_FILERS"] ?? ""
  static let postgres = environment["SWFS_TEST_POSTGRES"] ?? ""
  static var isThere: Bool { !filers.isEmpty && !postgres.isEmpty }

  let access: FilerAccess
  let chunks: VolumeChunkStore
  let store: FilerClient
  let names: TableNames
  let home: EntryPath
  let directory: String
  let repositoryPassword = [UInt8]("live".utf8)

  static var patient: OperationContext { .background(seconds: 120) }

  init() throws {
    var addresses: [ServerAddress] = []
    for part in Self.filers.split(separator: ",") {
      addresses.append(try ServerAddress(parsing: String(part)))
    }
    access = try FilerAccess(addresses, security: try SecurityConfiguration.load())
    chunks = access.chunkStore()
    store = access.store
    names = TableNames(settings: try PostgresSettings(conninfo: Self.postgres))
    let unique = "swfs-backup-\(UInt32.random(in: 0...UInt32.max))"
    home = EntryPath.root.appending(EntryName(unchecked: unique))
    directory = NSTemporaryDirectory() + "/" + unique
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    try makeDirectory(home)
  }

  func remove() throws {
    try store.delete(home, recursive: true, freeChunks: true, Self.patient)
    try FileManager.default.removeItem(atPath: directory)
  }

  func makeDirectory(_ path: EntryPath) throws(FSError) {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: .directory, permissions: 0o755)
    attributes.mtime = Timestamp.now.seconds
    attributes.crtime = attributes.mtime
    try store.create(
      Entry(name: path.name, isDirectoryFlag: true, attributes: attributes), in: path.parent,
      precondition: .absent, Self.patient)
  }

  /// Makes or replaces a file, as a mount does: needle first, then the entry.
  func put(_ path: EntryPath, _ bytes: [UInt8]) throws(FSError) {
    let context = Self.patient
    var failure: FSError?
    var uploaded: [Chunk] = []
    bytes.withUnsafeBytes { raw in
      do throws(FSError) {
        var chunk = try chunks.upload(raw, placement: ChunkPlacement(path: path), context)
        chunk.modifiedNanoseconds = Timestamp.now.totalNanoseconds
        uploaded = [chunk]
      } catch { failure = error }
    }
    if let failure { throw failure }
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: .regular, permissions: 0o640)
    attributes.mtime = Timestamp.now.seconds
    attributes.crtime = attributes.mtime
    attributes.fileSize = UInt64(bytes.count)
    let entry = Entry(name: path.name, attributes: attributes, chunks: uploaded)
    try store.create(entry, in: path.parent, precondition: .none, context)
  }

  func read(_ path: EntryPath) throws(FSError) -> [UInt8] {
    let context = Self.patient
    let entry = try store.current(path, context)
    var bytes = [UInt8](repeating: 0, count: Int(try entry.fileAttributes().size))
    let leaves = try chunks.expandManifests(entry.chunks, context)
    for chunk in leaves.sorted(by: { $0.modifiedNanoseconds < $1.modifiedNanoseconds }) {
      var part = [UInt8](repeating: 0, count: Int(chunk.size))
      var failure: FSError?
      part.withUnsafeMutableBytes { buffer in
        do throws(FSError) {
          try chunks.read(chunk, needleOffset: 0, into: buffer, context)
        } catch { failure = error }
      }
      if let failure { throw failure }
      bytes.replaceSubrange(Int(chunk.offset)..<Int(chunk.offset) + part.count, with: part)
    }
    return bytes
  }

  func openRepository() throws(FSError) -> Repository {
    let store = DirectoryStore(directory + "/repo")
    if try store.isVacant() {
      try store.prepare()
      _ = try Repository.create(
        in: store, password: repositoryPassword, cost: PasswordCost(n: 1024))
    }
    return try Repository.open(store, password: repositoryPassword)
  }

  func backup() throws(FSError) -> BackupResult {
    let repository = try openRepository()
    let lock = try RepositoryLock.acquire(repository, for: "test")
    defer { lock.release() }
    let context = OperationContext.background(seconds: 600)
    return try BackupRun(
      repository, names: names, needles: VolumeNeedles(store: chunks),
      vacuum: ClusterVacuum(masters: MasterVacuum(access.calls, tls: access.tls)),
      BackupOptions(cluster: try access.clusterIdentity(context))
    ).run(lock: lock, context)
  }

  func restore(
    _ stored: StoredSnapshot, to target: any RestoreTarget, base: EntryPath
  ) throws(FSError) -> RestoreResult {
    var options = RestoreOptions(selection: try PathSelection(includes: [home.string]))
    options.base = base
    return try RestoreRun(stored, in: try openRepository(), to: target, options)
      .run(.background(seconds: 600))
  }
}

@Suite(.enabled(if: BackupCluster.isThere), .serialized) struct LiveBackupTests {
  @Test func treeComesBackInTheClusterAndInADirectory() throws {
    let live = try BackupCluster()
    var files: [String: [UInt8]] = [:]
    try live.makeDirectory(live.home.child("d"))
    for number in 0..<25 {
      let bytes = (0..<(number * 5003 + 1)).map { UInt8(truncatingIfNeeded: $0 &* (number + 7)) }
      let path = number % 2 == 0 ? "/f\(number)" : "/d/f\(number)"
      try live.put(live.home.appending(EntryPath(unchecked: path)), bytes)
      files[path] = bytes
    }
    let first = try live.backup()
    #expect(first.stored.snapshot.missing.filter { $0.path.hasPrefix(live.home.string) } == [])
    #expect(first.vacuumTrouble == nil)
    // Overwritten and removed afterwards: the snapshot is of its own moment.
    try live.put(live.home.child("f0"), [1, 2, 3])
    try live.store.delete(
      live.home.child("d"), recursive: true, freeChunks: true, BackupCluster.patient)

    let base = live.home.child("restored")
    let target = ClusterTarget(live.store, live.chunks)
    let result = try live.restore(first.stored, to: target, base: base)
    #expect(result.isComplete)
    let local = live.directory + "/out"
    try FileManager.default.createDirectory(atPath: local, withIntermediateDirectories: true)
    #expect(try live.restore(first.stored, to: LocalTarget(local), base: .root).isComplete)
    for (path, bytes) in files {
      let place = live.home.appending(EntryPath(unchecked: path))
      #expect(try live.read(base.appending(place)) == bytes, "\(path)")
      let data = try Data(contentsOf: URL(fileURLWithPath: local + place.string))
      #expect([UInt8](data) == bytes, "\(path)")
    }
    let check = try RepositoryCheck(try live.openRepository(), Self.readsEverything)
      .run(.background(seconds: 600))
    #expect(check.problems == [])
    try live.remove()
  }

  private static var readsEverything: CheckOptions {
    var options = CheckOptions()
    options.readDataShare = 1
    return options
  }

  @Test func secondRunReadsOnlyWhatIsNew() throws {
    let live = try BackupCluster()
    try live.put(live.home.child("one"), [1])
    let first = try live.backup()
    try live.put(live.home.child("two"), [2])
    let second = try live.backup()
    // Other suites may write at the same time, but not again what was there before.
    #expect(second.stored.snapshot.counts.addedNeedles < first.stored.snapshot.counts.rows + 100)
    #expect(second.stored.snapshot.counts.addedNeedles >= 1)
    let changes = try SnapshotDiff(try live.openRepository()).changes(
      from: first.stored, to: second.stored, BackupCluster.patient)
    let added = live.home.child("two").string
    #expect(changes.contains { $0.kind == .added && $0.path == added })
    try live.remove()
  }

  /// A writer replaces `counter` and only then writes the file of that number: whatever the moment of a
  /// snapshot, the file before the counter's number is there.
  @Test func snapshotUnderWritesIsOfOneMoment() throws {
    let live = try BackupCluster()
    let stop = Monitor(false)
    let ended = Monitor<(isOver: Bool, failure: FSError?)>((false, nil))
    try live.put(live.home.child("counter"), Array("0".utf8))
    startThread("writer") {
      var number = 1
      var failure: FSError?
      while !stop.withLock({ $0 }) {
        do throws(FSError) {
          try live.put(live.home.child("counter"), Array("\(number)".utf8))
          try live.put(
            live.home.child("entry-\(number)"),
            Array("entry \(number)".utf8))
        } catch {
          failure = error
          break
        }
        number += 1
      }
      ended.update { $0 = (true, failure) }
    }
    var taken: [StoredSnapshot] = []
    for _ in 0..<3 { taken.append(try live.backup().stored) }
    stop.update { $0 = true }
    let end = ended.wait(until: Deadline(secondsFromNow: 120)) { $0.isOver ? $0 : nil }
    #expect(end?.failure == nil)
    for (index, stored) in taken.enumerated() {
      let mine = stored.snapshot.missing.filter { $0.path.hasPrefix(live.home.string) }
      #expect(mine == [])
      let out = live.directory + "/out\(index)"
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
      #expect(try live.restore(stored, to: LocalTarget(out), base: .root).isComplete)
      let place = out + live.home.string
      let text = try String(contentsOfFile: place + "/counter", encoding: .utf8)
      let counter = try #require(Int(text))
      for number in 1..<max(counter, 1) {
        let entry = try String(contentsOfFile: place + "/entry-\(number)", encoding: .utf8)
        #expect(entry == "entry \(number)")
      }
      #expect(!FileManager.default.fileExists(atPath: place + "/entry-\(counter + 1)"))
    }
    try live.remove()
  }
}
