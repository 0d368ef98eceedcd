import SwfsCore

/// Proves that the cluster is one cluster: what goes in through any filer comes out of all.
struct ServingCheck {
  let lab: Lab
  let database: any LabDatabase

  private static let directory = "/.swfs-lab"
  private static let secondsMax = 90.0

  /// - Throws: the last reason when it does not serve in time.
  func run() throws(LabError) {
    let deadline = Deadline(secondsFromNow: Self.secondsMax)
    while true {
      do {
        return try once()
      } catch {
        guard !deadline.hasPassed else {
          throw LabError("the cluster does not serve: \(error.summary)", detail: error.detail)
        }
        pause(seconds: 0.3)
      }
    }
  }

  private func once() throws(LabError) {
    for writer in NodeName.all { try write(writer) }
    for writer in NodeName.all {
      for reader in NodeName.all {
        let text = try lab.http.request(url(reader, "probe-\(writer)"))
        guard text == content(writer) else {
          throw LabError(
            "filer-\(reader.number) returns other bytes than filer-\(writer.number) took")
        }
      }
    }
    // A filer without its configuration silently keeps names for itself; these rows rule it out.
    let rows = try database.countRows(directory: Self.directory)
    guard rows >= NodeName.all.count else {
      throw LabError("only \(rows) of the files written through the three filers are in Postgres")
    }
    try checkReplicas()
    try lab.http.request(
      url(NodeName.all[0], "") + "?recursive=true", ["--request", "DELETE"])
  }

  private func write(_ node: NodeName) throws(LabError) {
    try lab.http.request(
      url(node, "probe-\(node)"),
      ["--request", "PUT", "--header", "Content-Type: text/plain", "--data-binary", content(node)],
      seconds: 40)
  }

  /// Each volume written to must be on two volume servers.
  private func checkReplicas() throws(LabError) {
    let text = try lab.http.request(lab.http.url(NodeName.all[0], Masters.port, "/dir/status"))
    let servers = try JSON.decode(MasterTopology.self, from: text).servers
    guard servers.count == NodeName.all.count else {
      throw LabError("the masters know \(servers.count) of \(NodeName.all.count) volume servers")
    }
    guard servers.filter({ $0.volumes > 0 }).count >= 2 else {
      throw LabError("volumes are on one server only")
    }
  }

  private func content(_ node: NodeName) -> String {
    "written through \(node) of \(lab.layout.name) \(lab.settings.secrets.s3AccessKey)"
  }

  private func url(_ node: NodeName, _ name: String) -> String {
    lab.http.url(node, Filers.port, "\(Self.directory)/\(name)")
  }
}
