import Foundation
import Glibc
import Testing

/// Where the tests run: on mounts of their own (`SWFS_TEST_FILERS`), or in any directory
/// (`SWFS_TEST_DIR`), which shows that a test asks for what Linux file systems really do.
///
/// | variable | meaning |
/// |---|---|
/// | `SWFS_TEST_FILERS` | filers, `host:port,host:port` |
/// | `SWFS_TEST_POSTGRES` | connection string of the read-only role; without it filers serve names |
/// | `SWFS_TEST_MOUNT_BINARY` | the program that mounts, default: the one built beside the tests |
/// | `SWFS_TEST_DIR` | run the POSIX tests in this directory, without a cluster |
/// | `SWFS_TEST_KEEP` | leave the mount's log behind |
enum MountFixture {
  static let filers: [String] = (variable("SWFS_TEST_FILERS") ?? "")
    .split(separator: ",").map(String.init)
  static let postgres = variable("SWFS_TEST_POSTGRES")
  static let plainDirectory = variable("SWFS_TEST_DIR")

  static var hasCluster: Bool { !filers.isEmpty }
  static var isConfigured: Bool { hasCluster || plainDirectory != nil }

  /// The filer directory of this run; every mount of the run shows it.
  static let filerPath = "/swfs-mount-tests-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

  /// The mount that most tests share.
  private static let primary = Result { try Mount(filers: filers) }
  /// A second mount of the same directory that prefers another filer.
  private static let secondary = Result {
    try Mount(filers: Array(filers.dropFirst() + filers.prefix(1)))
  }

  static func mount() throws -> Mount { try primary.get() }
  static func secondMount() throws -> Mount { try secondary.get() }

  /// The directory under test.
  static func root() throws -> String {
    if hasCluster { return try mount().path }
    guard let plainDirectory else {
      throw Command.Failure("neither a cluster nor a directory is set")
    }
    return plainDirectory
  }

  static func variable(_ name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
  }
}

extension Trait where Self == ConditionTrait {
  /// Runs on a mount, or in `SWFS_TEST_DIR`.
  static var needsFileSystem: Self {
    .enabled(
      if: MountFixture.isConfigured,
      "set SWFS_TEST_FILERS (a cluster to mount) or SWFS_TEST_DIR (any directory)")
  }

  /// Runs only on a mount of a real cluster.
  static var needsCluster: Self {
    .enabled(if: MountFixture.hasCluster, "set SWFS_TEST_FILERS: needs a real cluster")
  }

  /// Runs only when names come from SQL as well.
  static var needsPostgres: Self {
    .enabled(
      if: MountFixture.hasCluster && MountFixture.postgres != nil,
      "set SWFS_TEST_FILERS and SWFS_TEST_POSTGRES")
  }
}
