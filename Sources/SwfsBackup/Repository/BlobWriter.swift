import SwfsCore
import SwfsObserve
import Synchronization

/// Collects blobs into packs, several threads at a time, and indexes the packs that are stored.
///
/// Thread-safe. After an error of the store everything fails with that error.
final class BlobWriter: Sendable {
  private let repository: Repository
  private let cluster: String
  private let state: Mutex<State>

  /// Packs written before an index is: what a crash leaves without index is found by its
  /// directories.
  private static let packsPerIndex = 64

  private struct State {
    var builder: PackBuilder?
    /// Blobs that are in packs not stored yet.
    var underWay: Set<ContentID> = []
    var index = IndexFile()
    var addedBytes: UInt64 = 0
    var failure: FSError?
  }

  init(_ repository: Repository, cluster: String) {
    self.repository = repository
    self.cluster = cluster
    state = Mutex(State())
  }

  /// Bytes of the packs stored so far.
  var addedBytes: UInt64 { state.withLock { $0.addedBytes } }

  /// Adds a blob, unless it is there; remembers which needle it is.
  ///
  /// - Returns: the blob's id, and whether it was new.
  @discardableResult func add(
    _ clear: [UInt8], _ kind: BlobKind, needle: FileID? = nil
  ) throws(FSError) -> (id: ContentID, isNew: Bool) {
    let id = try ContentID(of: clear)
    if try remember(id, needle, claims: false) { return (id, false) }
    let packed = try clear.withBytes { (raw) throws(FSError) in try PackedBytes.pack(raw) }
    // Another thread may have brought the same content meanwhile.
    if try remember(id, needle, claims: true) { return (id, false) }
    let full = try state.withLock { (state) throws(FSError) -> PackBuilder? in
      var builder: PackBuilder
      if let begun = state.builder {
        builder = begun
        state.builder = nil
      } else {
        builder = try PackBuilder(cluster: cluster, repository.key)
      }
      // Frame numbers follow each other, so this happens under the lock.
      try builder.add(id, kind, packed: packed, clearBytes: clear.count, needle: needle)
      guard builder.count >= PackBuilder.targetBytes else {
        state.builder = consume builder
        return nil
      }
      state.builder = nil
      return builder
    }
    if let full { try store(full) }
    return (id, true)
  }

  /// Whether the blob is there or on its way. If so the needle is noted as another name of it; if
  /// not, and `claims`, it is on its way from now on.
  private func remember(
    _ id: ContentID, _ needle: FileID?, claims: Bool
  ) throws(FSError) -> Bool {
    let isStored = repository.index.withLock { $0.contains(id) }
    return try state.withLock { (state) throws(FSError) -> Bool in
      if let failure = state.failure { throw failure }
      guard isStored || state.underWay.contains(id) else {
        if claims { state.underWay.insert(id) }
        return false
      }
      if let needle {
        state.index.aliases[cluster, default: []].append(.init(needle: needle, blob: id))
      }
      return true
    }
  }

  private func store(_ builder: PackBuilder) throws(FSError) {
    do throws(FSError) {
      let (object, list) = try builder.finish()
      let id = try ContentID(of: object)
      try repository.store.write(ObjectName.pack(id), object)
      let pack = IndexFile.Pack(id: id, size: UInt64(object.count), list: list)
      // Into the index before it leaves `underWay`, so that nobody misses it in between.
      repository.index.withLock { $0.add(pack) }
      let file = state.withLock { state -> IndexFile? in
        for entry in list.entries { state.underWay.remove(entry.id) }
        state.addedBytes += UInt64(object.count)
        state.index.packs.append(pack)
        guard state.index.packs.count >= Self.packsPerIndex else { return nil }
        defer { state.index = IndexFile() }
        return state.index
      }
      if let file { try write(file) }
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
      throw error
    }
  }

  private func write(_ file: IndexFile) throws(FSError) {
    try repository.writeIndex(file)
    repository.index.withLock { index in
      for (cluster, aliases) in file.aliases { index.add(aliases, cluster) }
    }
  }

  /// Stores the last pack and the index. Nobody may add any more.
  func finish() throws(FSError) {
    let last = state.withLock { state -> PackBuilder? in
      defer { state.builder = nil }
      return state.builder
    }
    if let last, !last.isEmpty { try store(last) }
    let (file, failure) = state.withLock { state -> (IndexFile, FSError?) in
      defer { state.index = IndexFile() }
      return (state.index, state.failure)
    }
    if let failure { throw failure }
    if !file.isEmpty { try write(file) }
  }

  /// Indexes packs that no index lists: those of a run that was killed.
  ///
  /// - Returns: how many there were.
  static func adoptPacks(of repository: Repository) throws(FSError) -> Int {
    var file = IndexFile()
    for object in try repository.store.list("packs") {
      guard let id = ObjectName.id(object.name),
        !repository.index.withLock({ $0.contains(pack: id) })
      else { continue }
      do throws(FSError) {
        let bytes = try repository.store.read(object.name)
        guard try ContentID(of: bytes) == id else {
          throw FSError(.corrupt, "\(object.name): damaged, its checksum does not fit")
        }
        let list = try PackReader(bytes, repository.key, object.name).list
        file.packs.append(IndexFile.Pack(id: id, size: object.size, list: list))
      } catch {
        // Nobody refers to it, so its content is simply read again.
        guard error.code == .corrupt else { throw error }
        Log.warning("a pack of an earlier run is of no use: \(error)")
      }
    }
    guard !file.isEmpty else { return 0 }
    try repository.writeIndex(file)
    repository.index.withLock { $0.add(file) }
    return file.packs.count
  }
}
