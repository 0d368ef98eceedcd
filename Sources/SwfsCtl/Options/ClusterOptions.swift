import ArgumentParser
import Glibc
import SwfsCluster
import SwfsCore
import SwfsPostgres
import SwfsTransport

/// Where the cluster is: the same names, variables and files that `swfs-mount` goes by.
struct ClusterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Filers as host:port, separated by commas. Default: $SWFS_FILERS, or localhost:8888.",
      valueName: "list"))
  var filer: String?

  @Option(
    help: ArgumentHelp(
      """
      Connection string of the filers' database, without a password: that belongs into \
      PGPASSFILE, $SWFS_POSTGRES or --postgres-file. Default: $SWFS_POSTGRES.
      """, valueName: "conninfo"))
  var postgres: String?

  @Option(
    help: ArgumentHelp("A file whose first line is the connection string.", valueName: "file"))
  var postgresFile: String?

  @Option(
    help: ArgumentHelp(
      """
      The security.toml to use. Default: $SWFS_SECURITY, then ./, ~/.seaweedfs/, \
      /usr/local/etc/seaweedfs/, /etc/seaweedfs/.
      """, valueName: "file"))
  var security: String?

  mutating func validate() throws {
    if let postgres, Self.showsPassword(postgres) {
      throw ValidationError(
        """
        a password on the command line can be read by every user of this machine: put it into \
        PGPASSFILE or ~/.pgpass, the connection string into $SWFS_POSTGRES or --postgres-file
        """)
    }
  }

  /// The filers, connected on first use.
  ///
  /// - Throws: `invalidArgument` for an address or a security file that makes no sense.
  func filers() throws(FSError) -> FilerAccess {
    let text = filer ?? Environment["SWFS_FILERS"] ?? Environment["SWFS_FILER"] ?? "localhost:8888"
    var addresses: [ServerAddress] = []
    for part in text.split(separator: ",") {
      let address = try ServerAddress(
        parsing: part.filter { !$0.isWhitespace }, defaultPort: 8888)
      if !addresses.contains(address) { addresses.append(address) }
    }
    guard !addresses.isEmpty else { throw FSError(.invalidArgument, "--filer names no filer") }
    return try FilerAccess(addresses, security: try securityConfiguration())
  }

  /// - Throws: `invalidArgument` when no database is named, or in words that libpq has for it.
  func postgresSettings() throws(FSError) -> PostgresSettings {
    guard let settings = try optionalPostgresSettings() else {
      throw FSError(
        .invalidArgument,
        "no database given: set $SWFS_POSTGRES or --postgres to the filers' connection string,"
          + " such as 'host=db1,db2 dbname=seaweedfs user=swfs_reader'")
    }
    return settings
  }

  /// The same, or nil when no database is named anywhere.
  func optionalPostgresSettings() throws(FSError) -> PostgresSettings? {
    if let postgres { return try settings(postgres) }
    if let postgresFile {
      let text = try SmallFile.read(postgresFile)
      guard let line = text.split(separator: "\n").first else {
        throw FSError(.invalidArgument, "--postgres-file: \(postgresFile) is empty")
      }
      return try settings(String(line))
    }
    guard let text = Environment["SWFS_POSTGRES"] else { return nil }
    return try settings(text)
  }

  private func settings(_ conninfo: String) throws(FSError) -> PostgresSettings {
    try PostgresSettings(conninfo: conninfo, applicationName: "swfs-ctl")
  }

  func securityConfiguration() throws(FSError) -> SecurityConfiguration {
    guard let path = security ?? Environment["SWFS_SECURITY"] else { return try .load() }
    return try SecurityConfiguration(parsing: try SmallFile.read(path)) { Environment[$0] }
  }

  static func showsPassword(_ text: String) -> Bool {
    if text.contains("password=") || text.contains("password =") { return true }
    guard let scheme = text.firstRange(of: "://"), let at = text.lastIndex(of: "@"),
      at > scheme.upperBound
    else { return false }
    return text[scheme.upperBound..<at].contains(":")
  }
}

/// Environment variables; an empty one counts as not set.
enum Environment {
  static subscript(name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}
