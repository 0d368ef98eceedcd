import Glibc
import SwfsCore
import SwfsFS
import SwfsFuse
import SwfsObserve

/// Every option with its value, defaults filled in.
struct MountSettings: Sendable {
  private let values: OptionValues

  let mountPoint: String
  let filers: [String]
  let filerPath: EntryPath
  /// Connection string; nil: no Postgres.
  let postgres: String?

  /// - Throws: `invalidArgument` in one line.
  init(_ values: OptionValues) throws(FSError) {
    self.values = values
    guard let mountPoint = values["mountpoint"], !mountPoint.isEmpty else {
      throw FSError(.invalidArgument, "no mount point given (see --help)")
    }
    self.mountPoint = mountPoint
    let list = Self.text("filer", values)
    filers = list.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
    guard !filers.isEmpty else { throw FSError(.invalidArgument, "--filer names no filer") }
    do {
      filerPath = try EntryPath(normalizing: Self.text("filer-path", values))
    } catch {
      throw FSError(.invalidArgument, "--filer-path: \(error.message)")
    }
    postgres = try Self.postgres(values)
    _ = try uidMap()
    _ = try gidMap()
  }

  private static func text(_ name: String, _ values: OptionValues) -> String {
    values[name] ?? OptionTable.named(name).defaultText
  }

  private static func postgres(_ values: OptionValues) throws(FSError) -> String? {
    if let text = values["postgres"] { return text.isEmpty ? nil : text }
    guard let path = values["postgres-file"], !path.isEmpty else { return nil }
    let first = try SmallFile.read(path, bytesMax: 1 << 16).split(separator: "\n").first
    guard let first, !first.allSatisfy(\.isWhitespace) else {
      throw FSError(.invalidArgument, "--postgres-file: \(path) is empty")
    }
    return String(first)
  }

  func text(_ name: String) -> String { Self.text(name, values) }
  /// Values were checked when they were set, and defaults are checked by a test.
  func flag(_ name: String) -> Bool { OptionKind.flag(text(name)) ?? false }
  func bytes(_ name: String) -> Int { OptionKind.bytes(text(name)) ?? 0 }
  func seconds(_ name: String) -> Double { OptionKind.seconds(text(name)) ?? 0 }
  func count(_ name: String) -> Int { Int(text(name)) ?? 1 }

  var allowsOthers: Bool {
    values["allow-other"].flatMap(OptionKind.flag) ?? (geteuid() == 0)
  }

  var logLevel: Log.Level { Log.Level(name: text("log-level")) ?? .notice }

  func uidMap() throws(FSError) -> IdentityMap { try identityMap("uid-map") }
  func gidMap() throws(FSError) -> IdentityMap { try identityMap("gid-map") }

  private func identityMap(_ name: String) throws(FSError) -> IdentityMap {
    do {
      return try IdentityMap(pairs: OptionKind.idPairs(text(name)) ?? [])
    } catch {
      throw FSError(.invalidArgument, "--\(name): \(error.message)")
    }
  }

  /// How the kernel sees the mount.
  func fuseOptions() -> FuseOptions {
    var options = FuseOptions()
    let source = filers.joined(separator: ",") + ":" + filerPath.string
    options.source = text("fsname").isEmpty ? source : text("fsname")
    options.kernelOptions = values.kernelOptions + (flag("read-only") ? ["ro"] : [])
    options.allowOther = allowsOthers
    options.defaultPermissions = flag("default-permissions")
    options.deadlineSeconds = seconds("deadline")
    options.threadsMax = count("threads")
    options.backgroundRequestsMax = count("max-background")
    options.clusterLocks = text("locks") == "cluster"
    options.extendedAttributes = flag("xattr")
    options.readaheadBytes = bytes("readahead")
    options.umask = UInt32(OptionKind.octal(text("umask")) ?? 0)
    return options
  }

  /// How the file system behaves.
  func fileSystemOptions() throws(FSError) -> FileSystemOptions {
    var options = FileSystemOptions()
    options.basePath = filerPath
    options.chunkBytes = max(bytes("chunk-size"), 64 << 10)
    options.uploadThreadsMax = count("uploads")
    options.deadlineSeconds = seconds("deadline")
    options.isReadOnly = flag("read-only")
    let healthy = seconds("attribute-timeout")
    options.healthyValidity = Validity(nameSeconds: healthy, attributeSeconds: healthy)
    let degraded = min(healthy, seconds("degraded-timeout"))
    options.degradedValidity = Validity(nameSeconds: degraded, attributeSeconds: degraded)
    options.placement = ChunkPlacement(
      path: .root, collection: text("collection"), replication: text("replication"),
      ttlSeconds: Int32(clamping: Int(seconds("ttl"))), diskType: text("disk"),
      dataCenter: text("data-center"))
    options.ttlSeconds = Int32(clamping: Int(seconds("ttl")))
    options.uidMap = try uidMap()
    options.gidMap = try gidMap()
    options.showsSystemEntries = flag("system-entries")
    options.usesACLs = flag("acl")
    options.disablesExtendedAttributes = !flag("xattr")
    return options
  }
}
