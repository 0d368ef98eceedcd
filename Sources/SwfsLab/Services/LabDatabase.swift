/// The SQL database under the filers, whatever makes it available.
protocol LabDatabase {
  /// What has to run for it, of stage `database`.
  func services() -> [ServiceSpec]
  /// Where filers and readers connect; more than one when any of several may be the primary.
  var hosts: [String] { get }
  var port: Int { get }
  /// Makes what its services need before their first start. Fine when it is already there.
  func prepare(_ spec: ServiceSpec) throws(LabError)
  /// Makes roles, database and tables once it answers. Fine when they are already there.
  func createSchema() throws(LabError)
  /// Rows of the filers' table with that `directory`.
  func countRows(directory: String) throws(LabError) -> Int
}
