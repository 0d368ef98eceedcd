public import SwfsCore
import Synchronization

/// An open repository: its key, its indexes in memory, reading of blobs.
///
/// Thread-safe. What changes a repository needs its lock (`RepositoryLock`), which is the caller's
/// business.
public final class Repository: Sendable {
  let store: any RepositoryStore
  let key: RepositoryKey
  /// 32 hex digits, made at `create`.
  public let id: String
  /// What is wrong with the copies of the configuration, if anything; for `check`.
  let configTrouble: String?
  let index = Mutex(RepositoryIndex())
  /// The first bytes of packs that were read lately, which every blob's key needs.
  private let seals = Mutex<[ContentID: ObjectSeal]>([:])
  private static let sealsMax = 4096

  private init(
    _ store: any RepositoryStore, _ key: RepositoryKey, id: String, configTrouble: String?
  ) {
    self.store = store
    self.key = key
    self.id = id
    self.configTrouble = configTrouble
  }

  public var location: String { store.location }

  /// Makes a repository where there is none.
  ///
  /// - Throws: `exists`; `invalidArgument` for an empty password; what the store throws.
  public static func create(
    in store: any RepositoryStore, password: [UInt8], cost: PasswordCost = .standard
  ) throws(FSError) -> Repository {
    guard !password.isEmpty else { throw FSError(.invalidArgument, "the password is empty") }
    let made = try RepositoryConfig.make(password: password, cost: cost)
    let bytes = try made.config.encoded()
    // The copy first: a crash in between leaves a repository that opens, not half a one.
    do {
      try store.create(RepositoryConfig.copyName, bytes)
    } catch {
      guard error.code == .exists else { throw error }
      throw FSError(.exists, "\(store.location) holds a repository already")
    }
    try store.create(RepositoryConfig.name, bytes)
    return Repository(store, made.key, id: made.config.repositoryID, configTrouble: nil)
  }

  /// Opens a repository and loads its indexes.
  ///
  /// - Throws: `notFound` when there is none, `accessDenied` for a wrong password, `corrupt` for
  ///   damage, `unsupported` for a later format.
  public static func open(
    _ store: any RepositoryStore, password: [UInt8], loadsIndex: Bool = true
  ) throws(FSError) -> Repository {
    let (config, trouble) = try readConfig(store)
    let key = try config.unwrap(password: password)
    let repository = Repository(store, key, id: config.repositoryID, configTrouble: trouble)
    if loadsIndex { try repository.loadIndex() }
    return repository
  }

  private static func readConfig(
    _ store: any RepositoryStore
  ) throws(FSError) -> (RepositoryConfig, trouble: String?) {
    var good: [RepositoryConfig] = []
    var failures: [FSError] = []
    for name in [RepositoryConfig.name, RepositoryConfig.copyName] {
      do throws(FSError) {
        good.append(try RepositoryConfig(decoding: try store.read(name)))
      } catch {
        failures.append(FSError(error.code, "\(name): \(error.message)"))
      }
    }
    guard let config = good.first else {
      if failures.allSatisfy({ $0.code == .notFound }) {
        throw FSError(.notFound, "\(store.location) is no backup repository")
      }
      throw failures.first { $0.code != .notFound } ?? FSError(.corrupt, "config: damaged")
    }
    if good.count == 2, good[0] != good[1] {
      return (config, "config and config.copy are different")
    }
    return (config, failures.first?.message)
  }

  /// Reads every index object.
  ///
  /// - Throws: `corrupt` when one is damaged.
  func loadIndex() throws(FSError) {
    var loaded = RepositoryIndex()
    for object in try store.list("index") {
      loaded.add(try readIndex(object.name))
    }
    index.withLock { $0 = loaded }
  }

  func readIndex(_ name: String) throws(FSError) -> IndexFile {
    let body = try sealedBody(name, .index)
    return try IndexFile(decoding: body, name)
  }

  /// The body of an index or a snapshot; its name is compared with its bytes.
  func sealedBody(_ name: String, _ kind: ObjectSeal.Kind) throws(FSError) -> [UInt8] {
    let object = try store.read(name)
    guard try ContentID(of: object) == ObjectName.id(name) else {
      throw FSError(.corrupt, "\(name): damaged, its checksum does not fit")
    }
    return try SealedObject.open(object, kind, key, name)
  }

  func writeIndex(_ file: IndexFile) throws(FSError) {
    let object = try SealedObject.seal(file.encoded(), .index, key)
    try store.write(ObjectName.index(try ContentID(of: object)), object)
  }

  // MARK: Blobs

  /// The clear bytes of a blob.
  ///
  /// - Throws: `notFound` when no index lists it; `corrupt`.
  func blob(_ id: ContentID) throws(FSError) -> [UInt8] {
    guard let found = index.withLock({ $0.find(id) }) else {
      throw FSError(.notFound, "blob \(id.short) is in no index")
    }
    let name = ObjectName.pack(found.pack)
    do {
      let seal = try seal(of: found.pack, name)
      let frame = try store.read(
        name, offset: UInt64(found.entry.offset), count: Int(found.entry.length))
      return try frame.withBytes { (raw) throws(FSError) in
        try seal.blob(found.entry, number: found.number, raw, name)
      }
    } catch {
      guard error.code == .notFound else { throw error }
      throw FSError(.corrupt, "\(name) is gone, and with it blob \(id.short)")
    }
  }

  /// The bytes of a needle.
  ///
  /// - Throws: `notFound` when the repository does not have it; `corrupt`.
  func needle(_ fid: FileID, in cluster: String) throws(FSError) -> [UInt8] {
    guard let id = index.withLock({ $0.blob(of: fid, in: cluster) }) else {
      throw FSError(.notFound, "needle \(fid) is not in the repository")
    }
    return try blob(id)
  }

  private func seal(of pack: ContentID, _ name: String) throws(FSError) -> ObjectSeal {
    if let known = seals.withLock({ $0[pack] }) { return known }
    let prefix = try store.read(name, offset: 0, count: ObjectSeal.prefixBytes)
    let seal = try prefix.withBytes { (raw) throws(FSError) in
      try ObjectSeal(reading: raw, .pack, key, name)
    }
    seals.withLock { seals in
      if seals.count >= Self.sealsMax { seals.removeAll() }
      seals[pack] = seal
    }
    return seal
  }

  // MARK: Snapshots

  /// All snapshots, oldest first.
  ///
  /// - Throws: `corrupt` when one is damaged.
  public func snapshots() throws(FSError) -> [StoredSnapshot] {
    var all: [StoredSnapshot] = []
    for object in try store.list("snapshots") { all.append(try snapshot(object.name)) }
    return all.sorted {
      ($0.snapshot.timeNanoseconds, $0.id) < ($1.snapshot.timeNanoseconds, $1.id)
    }
  }

  func snapshot(_ name: String) throws(FSError) -> StoredSnapshot {
    guard let id = ObjectName.id(name) else {
      throw FSError(.corrupt, "\(name): not the name of a snapshot")
    }
    let body = try sealedBody(name, .snapshot)
    return StoredSnapshot(id: id, snapshot: try Snapshot(decoding: body, name))
  }

  /// The snapshot that a person means: `latest`, or the first digits of an id.
  ///
  /// - Throws: `notFound`; `invalidArgument` when the digits fit several.
  public func snapshot(named text: String) throws(FSError) -> StoredSnapshot {
    let all = try snapshots()
    if text == "latest" {
      guard let last = all.last else { throw FSError(.notFound, "there is no snapshot yet") }
      return last
    }
    let matching = all.filter { !text.isEmpty && $0.id.hex.hasPrefix(text) }
    guard let first = matching.first else { throw FSError(.notFound, "no snapshot \(text)") }
    guard matching.count == 1 else {
      throw FSError(.invalidArgument, "\(text) may mean \(matching.count) snapshots")
    }
    return first
  }

  func writeSnapshot(_ snapshot: Snapshot) throws(FSError) -> StoredSnapshot {
    let object = try SealedObject.seal(snapshot.encoded(), .snapshot, key)
    let id = try ContentID(of: object)
    try store.write(ObjectName.snapshot(id), object)
    return StoredSnapshot(id: id, snapshot: snapshot)
  }

  /// Forgets snapshots. Their blobs stay until `prune`.
  public func remove(_ snapshots: [StoredSnapshot]) throws(FSError) {
    for stored in snapshots { try store.remove(ObjectName.snapshot(stored.id)) }
  }
}
