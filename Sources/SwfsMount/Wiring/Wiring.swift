import Glibc
import SwfsCache
import SwfsCluster
import SwfsCore
import SwfsFS
import SwfsObserve
import SwfsPostgres
import SwfsTransport

/// Connects the three planes to a file system: names, changes, bytes.
enum Wiring {
  /// - Parameter warn: tells the user what does not work but does not stop the mount.
  /// - Throws: `StartFailure` in one line: no filer, wrong path, unusable security configuration.
  static func connect(
    _ settings: MountSettings, warn: (String) -> Void
  ) throws(StartFailure) -> MountParts {
    do {
      let filers = try FilerConnection(settings)
      let configuration = try filers.check(settings)
      return try connect(settings, filers, configuration, warn)
    } catch let failure as StartFailure {
      throw failure
    } catch let error as FSError {
      throw StartFailure(error.code == .invalidArgument ? .usage : .failed, error.message)
    } catch {
      throw StartFailure(.failed, "\(error)")
    }
  }

  private static func connect(
    _ settings: MountSettings, _ filers: FilerConnection, _ configuration: FilerConfiguration,
    _ warn: (String) -> Void
  ) throws -> MountParts {
    let budget = MemoryBudget(bytesMax: settings.bytes("memory"))
    let chunks = chunkStore(settings, filers, configuration)
    let reader = ContentReader(
      store: chunks, cache: diskCache(settings, configuration, budget), budget: budget,
      options: readerOptions(settings, budget))
    let names = try nameSource(settings, filers, warn)
    let isClusterLocking = settings.text("locks") == "cluster"
    let locks = isClusterLocking ? FilerLocks(filers.calls) : nil
    let feed = FilerFeed(
      filers.addresses, tls: filers.tls, identity: filers.calls.identity,
      below: settings.filerPath)
    let fileSystem = ClusterFileSystem(
      names: names.source, store: FilerClient(filers.calls), chunks: chunks, reader: reader,
      feed: feed, locks: locks, budget: budget, options: try settings.fileSystemOptions())
    return MountParts(
      fileSystem: fileSystem,
      start: { fileSystem.start(notifier: $0) },
      stop: {
        fileSystem.stop()
        locks?.stop()
        names.stop()
        filers.calls.close()
      },
      refreshGauges: {
        Metrics.memoryUsed.set(budget.used)
        Metrics.dirtyBytes.set(fileSystem.unstoredBytes)
      })
  }

  private static func chunkStore(
    _ settings: MountSettings, _ filers: FilerConnection, _ configuration: FilerConfiguration
  ) -> VolumeChunkStore {
    var options = VolumeChunkStoreOptions()
    options.access =
      switch settings.text("volume-server-access") {
      case "publicUrl": .publicURL
      case "filerProxy": .filerProxy(filers.addresses.map { "\($0.host):\($0.port)" })
      default: .direct
      }
    options.fsync = settings.text("durability") == "disk"
    options.encrypts = configuration.encryptsVolumeData
    options.dataCenter = settings.text("data-center")
    return VolumeChunkStore(
      ids: FilerFileIDs(filers.calls), locator: VolumeDirectory(filers.calls, tls: filers.tls),
      security: filers.security, options: options)
  }

  /// File ids mean something within one cluster only, which its masters stand for.
  private static func diskCache(
    _ settings: MountSettings, _ configuration: FilerConfiguration, _ budget: MemoryBudget
  ) -> DiskChunkCache? {
    let directory = settings.text("cache-dir")
    if directory.isEmpty || settings.bytes("cache-size") == 0 { return nil }
    return DiskChunkCache(
      directory: directory, identity: configuration.masters.sorted().joined(separator: ","),
      bytesMax: settings.bytes("cache-size"), budget: budget)
  }

  private static func readerOptions(
    _ settings: MountSettings, _ budget: MemoryBudget
  ) -> ContentReaderOptions {
    var options = ContentReaderOptions(budgetBytes: budget.bytesMax)
    options.fetchThreadsMax = settings.count("downloads")
    return options
  }

  /// SQL in front of the filers when there is a connection string. A database that cannot be used now
  /// is no reason not to mount: it is tried again all the time.
  private static func nameSource(
    _ settings: MountSettings, _ filers: FilerConnection, _ warn: (String) -> Void
  ) throws(FSError) -> (source: any NameSource, stop: @Sendable () -> Void) {
    let fallback = FilerNames(filers.calls)
    guard let conninfo = settings.postgres else { return (fallback, {}) }
    let postgres = PostgresNames(pool: PostgresPool(try PostgresSettings(conninfo: conninfo)))
    let source = FailoverNames(postgres: postgres, fallback: fallback)
    do {
      try postgres.check(.background(seconds: min(10, settings.seconds("start-timeout"))))
    } catch {
      source.startOnFallback(because: error)
      warn("Postgres is not usable, names come from the filers until it is: \(error.message)")
    }
    return (source, { source.stop() })
  }
}
