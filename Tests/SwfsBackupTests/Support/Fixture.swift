import SwfsCore
import SwfsTestKit
import Synchronization
import Testing

@testable import SwfsBackup

/// A cluster as a backup sees it: rows and needles.
final class SmallCluster: NamespaceSource, NeedleSource, VacuumSwitch {
  struct State {
    var rows: [NamespaceRow] = []
    var needles: [FileID: [UInt8]] = [:]
    var fetched: [FileID] = []
    var nextKey: UInt64 = 1
    var isVacuumOn = true
    var wasVacuumOffDuringFetches = true
    var failsToEnable = false
  }

  let state = Mutex(State())

  func readAll(
    _ context: OperationContext, _ body: (NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) -> NamespaceMoment {
    let rows = state.withLock { $0.rows }.sorted {
      $0.dirhash != $1.dirhash
        ? $0.dirhash < $1.dirhash : $0.name.lexicographicallyPrecedes($1.name)
    }
    for row in rows { try body(row) }
    return NamespaceMoment(lsn: "0/16B3748", databaseTime: "2026-01-01 00:00:00+00")
  }

  func needle(_ chunk: Chunk, _ context: OperationContext) throws(FSError) -> [UInt8] {
    try state.withLock { (state) throws(FSError) in
      if state.isVacuumOn { state.wasVacuumOffDuringFetches = false }
      guard let fid = chunk.fid, let bytes = state.needles[fid] else {
        throw FSError(.chunkMissing, "not there")
      }
      state.fetched.append(fid)
      return bytes
    }
  }

  func disable(_ context: OperationContext) throws(FSError) {
    state.withLock { $0.isVacuumOn = false }
  }

  func enable(_ context: OperationContext) throws(FSError) {
    try state.withLock { (state) throws(FSError) in
      if state.failsToEnable { throw FSError(.unavailable, "no master") }
      state.isVacuumOn = true
    }
  }

  var fetched: [FileID] { state.withLock { $0.fetched } }
  var isVacuumOn: Bool { state.withLock { $0.isVacuumOn } }

  // MARK: Making things

  func addNeedle(_ bytes: [UInt8]) -> FileID {
    state.withLock { state in
      let fid = FileID(volume: 3, key: state.nextKey, cookie: 0xabcd_ef01)
      state.nextKey += 1
      state.needles[fid] = bytes
      return fid
    }
  }

  func chunk(_ bytes: [UInt8], at offset: Int64 = 0, order: Int64 = 1) -> Chunk {
    Chunk(
      fid: addNeedle(bytes), offset: offset, size: UInt64(bytes.count),
      modifiedNanoseconds: order)
  }

  func put(_ path: EntryPath, _ entry: Entry) throws {
    let directory = Array(path.parent.string.utf8)
    let name = Array(path.name.string.utf8)
    let row = NamespaceRow(
      dirhash: try MD5.directoryHash(directory), directory: directory, name: name,
      meta: EntryEncoder.bytes(of: entry))
    state.withLock { state in
      state.rows.removeAll { $0.directory == directory && $0.name == name }
      state.rows.append(row)
    }
  }

  func putValue(_ key: [UInt8], _ value: [UInt8]) {
    let place = KeyValueKey(hardLinkID: key)
    let row = NamespaceRow(
      dirhash: place.dirhash, directory: Base64.encode(key.prefix(8)), name: place.name,
      meta: value)
    state.withLock { state in
      state.rows.removeAll { $0.dirhash == row.dirhash && $0.name == row.name }
      state.rows.append(row)
    }
  }

  func remove(_ path: EntryPath) {
    let directory = Array(path.parent.string.utf8)
    let name = Array(path.name.string.utf8)
    state.withLock { state in
      state.rows.removeAll { $0.directory == directory && $0.name == name }
    }
  }

  static func entry(
    _ kind: FileKind = .regular, permissions: UInt16 = 0o644, chunks: [Chunk] = []
  ) -> Entry {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: kind, permissions: permissions)
    attributes.mtime = 1_700_000_000
    attributes.mtimeNanoseconds = 123_456_789
    attributes.crtime = 1_600_000_000
    return Entry(
      name: "", isDirectoryFlag: kind == .directory, attributes: attributes, chunks: chunks)
  }

  func putFile(_ path: EntryPath, _ bytes: [UInt8]) throws {
    try put(path, Self.entry(chunks: bytes.isEmpty ? [] : [chunk(bytes)]))
  }

  func putDirectory(_ path: EntryPath) throws {
    try put(path, Self.entry(.directory, permissions: 0o755))
  }
}

/// Passwords that cost nothing.
enum Fixture {
  static let password = [UInt8]("correct horse".utf8)
  static let cost = PasswordCost(n: 16)
  static var context: OperationContext { .background(seconds: 120) }

  static func create(_ store: any RepositoryStore) throws -> Repository {
    try Repository.create(in: store, password: password, cost: cost)
  }

  static func open(_ store: any RepositoryStore) throws -> Repository {
    try Repository.open(store, password: password)
  }

  /// One run with its own opening of the repository, as a process of its own would do.
  @discardableResult static func backup(
    _ cluster: SmallCluster, _ store: any RepositoryStore, id: String = "c1", threads: Int = 3
  ) throws -> BackupResult {
    let repository = try open(store)
    let lock = try RepositoryLock.acquire(repository, for: "run")
    defer { lock.release() }
    var options = BackupOptions(cluster: id)
    options.threads = threads
    return try BackupRun(
      repository, names: cluster, needles: cluster, vacuum: cluster, options
    ).run(lock: lock, context)
  }

  static func check(_ store: any RepositoryStore, readsData: Bool = true) throws -> CheckResult {
    var options = CheckOptions()
    options.readDataShare = readsData ? 1 : 0
    let repository = try Repository.open(store, password: password, loadsIndex: false)
    return try RepositoryCheck(repository, options).run(context)
  }

  /// Paths and contents of every regular file of a snapshot.
  static func contents(_ store: any RepositoryStore, _ name: String = "latest") throws
    -> [String: [UInt8]]
  {
    let repository = try open(store)
    let stored = try repository.snapshot(named: name)
    let tree = try SnapshotTree(stored.snapshot, in: repository)
    var files: [String: [UInt8]] = [:]
    try tree.forEachEntry { (item) throws(FSError) in
      guard case .entry(let path, let entry) = item, entry.attributes.mode.kind == .regular else {
        return
      }
      var bytes = [UInt8](repeating: 0, count: Int(try entry.fileAttributes().size))
      let content = RestoreContent(tree: tree, entry: entry)
      for chunk in try content.layers() {
        let start = Int(chunk.offset)
        bytes.replaceSubrange(start..<start + Int(chunk.size), with: try content.bytes(of: chunk))
      }
      files[path.string] = bytes
    }
    return files
  }

  /// A cluster with a bit of everything.
  static func cluster() throws -> (SmallCluster, files: [String: [UInt8]]) {
    let cluster = SmallCluster()
    var files: [String: [UInt8]] = [:]
    var random = SeededRandom(seed: 7)
    try cluster.putDirectory("/a")
    try cluster.putDirectory("/a/b")
    for number in 0..<20 {
      let bytes = random.bytes(count: 1 + number * 997)
      let path = number % 2 == 0 ? "/a/f\(number)" : "/a/b/f\(number)"
      try cluster.putFile(EntryPath(unchecked: path), bytes)
      files[path] = bytes
    }
    try cluster.putFile("/a/empty", [])
    files["/a/empty"] = []
    return (cluster, files)
  }
}
