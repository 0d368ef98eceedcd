/// Every name that a lab gives to anything, derived from its own name and state directory.
///
/// `down` relies on it: whatever `up` makes must be found again from these two alone, also after
/// a crash in the middle.
struct LabLayout: Sendable {
  let name: LabName
  /// Absolute path; everything the lab writes lives below it.
  let state: String

  static func standardState(_ name: LabName) -> String { "/var/lib/swfs-lab/\(name)" }

  // Network.
  /// The namespace that holds the bridge. It is not the host's, so that neither firewall rules
  /// nor bridge settings of the host (Docker's, say) reach the lab's traffic.
  var fabricNamespace: String { "swfs-lab-\(name)-fabric" }
  /// The host's end of its cable into the bridge.
  var hostInterface: String { "lab-\(name.short)" }
  func namespace(_ node: NodeName) -> String { "swfs-lab-\(name)-\(node)" }

  // Files.
  var settings: String { state + "/lab.json" }
  var certificates: String { state + "/tls" }
  /// `security.toml` and certificates for clients on the host.
  var client: String { state + "/client" }
  var passwordFile: String { state + "/pgpass" }
  func node(_ node: NodeName) -> NodeLayout { NodeLayout(directory: state + "/nodes/\(node)") }
  /// Working directory, configuration and data of one service.
  func service(_ service: String) -> String { state + "/services/\(service)" }
}

/// The files of one node, known to its init as well as to the commands.
struct NodeLayout: Sendable {
  let directory: String

  var hosts: String { directory + "/hosts" }
  var services: String { directory + "/services.json" }
  var control: String { directory + "/control" }
  var temporary: String { directory + "/tmp" }
  /// The node's own process table, mounted in its own mount namespace only.
  var processes: String { directory + "/proc" }
  var initLog: String { log("init") }
  func log(_ service: String) -> String { directory + "/log/\(service).log" }
}
