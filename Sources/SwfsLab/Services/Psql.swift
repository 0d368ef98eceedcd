extension SinglePostgres {
  /// psql as the superuser, from the host; the password goes through the environment.
  var psql: [String] { Self.psql(host: hosts[0], port: port, database: "postgres") }

  static func psql(host: String, port: Int, database: String) -> [String] {
    [
      "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
      "--set=ON_ERROR_STOP=1", "--host=\(host)", "--port=\(port)", "--username=postgres",
      "--dbname=\(database)",
    ]
  }

  func countRows(directory: String) throws(LabError) -> Int {
    let query = "select count(*) from filemeta where directory = '\(directory)'"
    let text = try Tool.check(
      Self.psql(host: hosts[0], port: port, database: "seaweedfs") + ["--command=\(query)"],
      adding: ["PGPASSWORD": lab.settings.secrets.postgres])
    return Int(text.trimmed) ?? 0
  }
}
