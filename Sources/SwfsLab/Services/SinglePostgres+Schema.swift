import FoundationEssentials

extension SinglePostgres {
  /// Roles, database and tables by the very scripts that a real cluster is prepared with.
  func createSchema() throws(LabError) {
    let secrets = lab.settings.secrets
    try Tool.check(
      [
        try Self.applyScript(),
        "host=\(hosts[0]) port=\(port) user=postgres dbname=postgres",
      ],
      adding: [
        "PGPASSWORD": secrets.postgres, "SWFS_SEAWEEDFS_PASSWORD": secrets.seaweedfs,
        "SWFS_READER_PASSWORD": secrets.reader,
      ])
  }

  /// `sql/apply` of the source tree that this program was built in, or of an installed package;
  /// `SWFS_SQL` names another directory.
  private static func applyScript() throws(LabError) -> String {
    var directories: [String] = []
    if let given = ProcessInfo.processInfo.environment["SWFS_SQL"] { directories.append(given) }
    var parent = try ThisProgram.path()[...]
    while let slash = parent.lastIndex(of: "/"), slash != parent.startIndex {
      parent = parent[..<slash]
      directories.append("\(parent)/sql")
    }
    directories.append("/usr/share/swfs/sql")
    let scripts = directories.map { $0 + "/apply" }
    guard let script = scripts.first(where: { Files.exists($0) }) else {
      throw LabError(
        "cannot find sql/apply above the program or in /usr/share/swfs: set SWFS_SQL to its directory"
      )
    }
    return script
  }
}
