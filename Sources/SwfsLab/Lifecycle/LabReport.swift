/// The state of a whole lab at one moment.
struct LabReport: Sendable, Codable {
  struct Node: Sendable, Codable {
    enum Power: String, Sendable, Codable { case on, off }

    let name: String
    let address: String
    let power: Power
    /// Its cable is out.
    let cut: Bool
  }

  struct Service: Sendable, Codable {
    let name: String
    let node: String
    /// `running`, `paused`, `restarting`, `stopped`; `off` with its node.
    let state: String
    /// Process id on the host.
    let pid: Int32?
    let restarts: Int
    let lastExit: String?
    let runningSeconds: Double?
    let healthy: Bool
    /// Why not.
    let problem: String?
  }

  let name: String
  let state: String
  let subnet: String
  let nodes: [Node]
  let services: [Service]

  /// Everything runs, is reachable and healthy.
  var serves: Bool {
    nodes.allSatisfy { $0.power == .on && !$0.cut } && services.allSatisfy(\.healthy)
  }

  static func make(_ lab: Lab) throws(LabError) -> LabReport {
    let graph = try lab.services()
    // All at once: a frozen service takes its probe's whole time-out.
    let problems = concurrently(graph.services) { service -> String? in
      do throws(LabError) {
        return try Health.problem(service.probe)
      } catch {
        return error.summary
      }
    }
    let problem = Dictionary(uniqueKeysWithValues: zip(graph.services.map(\.name), problems))
    var nodes: [Node] = []
    var services: [Service] = []
    for node in NodeName.all {
      let control = lab.control(node)
      let isOn = control.isOn
      let isThere = NetworkNamespaces.exists(lab.layout.namespace(node))
      nodes.append(
        Node(
          name: "\(node)", address: node.address(in: lab.subnet), power: isOn ? .on : .off,
          cut: isThere && lab.fabric.isThere ? try lab.fabric.isCut(node) : false))
      let states: [ServiceStatus] = isOn ? try control.ask(.status) : []
      let numbers = try NodeProcesses(layout: lab.layout, node: node).numbers()
      for spec in graph.on(node) {
        let state = states.first { $0.name == spec.name }
        let reason = problem[spec.name] ?? nil
        services.append(
          Service(
            name: spec.name, node: "\(node)", state: state?.state.rawValue ?? "off",
            pid: state.flatMap(\.pid).flatMap { numbers[$0] }, restarts: state?.restarts ?? 0,
            lastExit: state?.lastExit, runningSeconds: state?.runningSeconds,
            healthy: state?.state == .running && reason == nil, problem: reason))
      }
    }
    return LabReport(
      name: "\(lab.layout.name)", state: lab.layout.state, subnet: "\(lab.subnet)",
      nodes: nodes, services: services)
  }

  /// Lines for a terminal.
  var table: [String] {
    var rows = [["SERVICE", "NODE", "STATE", "HEALTH", "PID", "RESTARTS", "LAST EXIT"]]
    for service in services {
      let node = nodes.first { $0.name == service.node }
      rows.append([
        service.name, service.node + (node?.cut ?? false ? " (cut)" : ""), service.state,
        service.healthy ? "ok" : "failing", service.pid.map(String.init) ?? "-",
        String(service.restarts), service.lastExit ?? "-",
      ])
    }
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return ["lab \(name)  \(subnet)  \(state)"]
      + rows.map { row in
        zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
          .joined(separator: "  ").trimmed
      }
  }
}
