/// The filer calls that are made, with their patience.
struct FilerMethod {
  let name: String
  let callClass: CallClass
  /// Never cancelled on the filer: a write could stop half-way, and filer 4.48 crashes on a
  /// CreateEntry whose context is cancelled.
  var isWrite = false

  var path: String { "/filer_pb.SeaweedFiler/\(name)" }

  static let lookup = FilerMethod(name: "LookupDirectoryEntry", callClass: .read)
  static let list = FilerMethod(name: "ListEntries", callClass: .read)
  static let create = FilerMethod(name: "CreateEntry", callClass: .write, isWrite: true)
  static let update = FilerMethod(name: "UpdateEntry", callClass: .write, isWrite: true)
  static let delete = FilerMethod(name: "DeleteEntry", callClass: .write, isWrite: true)
  static let deleteTree = FilerMethod(name: "DeleteEntry", callClass: .long, isWrite: true)
  /// Rewrites every row of a subtree.
  static let rename = FilerMethod(name: "AtomicRenameEntry", callClass: .long, isWrite: true)
  static let cacheRemote = FilerMethod(
    name: "CacheRemoteObjectToLocalCluster", callClass: .long, isWrite: true)
  static let statistics = FilerMethod(name: "Statistics", callClass: .forwarded)
  static let configuration = FilerMethod(name: "GetFilerConfiguration", callClass: .read)
  static let assign = FilerMethod(name: "AssignVolume", callClass: .forwarded)
  static let lookupVolume = FilerMethod(name: "LookupVolume", callClass: .forwarded)
  static let posixLock = FilerMethod(name: "PosixLock", callClass: .read)
  static let subscribeLocal = FilerMethod(name: "SubscribeLocalMetadata", callClass: .long)
}
