import Glibc
import SwfsCore

/// Switches nodes on and off.
struct NodePower {
  let lab: Lab

  /// Seconds until a node's init must answer.
  private static let bootSecondsMax = 20.0

  /// Boots a node: namespaces, cable, init. A node that is on stays as it is.
  ///
  /// - Parameter startsServices: all its services at once, or none before they are asked for.
  func on(_ node: NodeName, startsServices: Bool) throws(LabError) {
    let control = lab.control(node)
    let layout = control.layout
    if control.isOn {
      try control.ask(.reload)
      return
    }
    try off(node)
    for directory in [layout.temporary, layout.processes, layout.directory + "/log"] {
      try Files.makeDirectory(directory)
    }
    try Files.write(hosts, to: layout.hosts)
    try lab.fabric.plug(node)
    try boot(node, layout, startsServices)
    let deadline = Deadline(secondsFromNow: Self.bootSecondsMax)
    while !control.isOn {
      guard !deadline.hasPassed else {
        throw LabError("\(node) does not boot", detail: Files.tail(layout.initLog))
      }
      pause(seconds: 0.02)
    }
  }

  /// Cuts the power: every process of the node is gone when this returns.
  func off(_ node: NodeName) throws(LabError) {
    try NetworkNamespaces.killProcesses(lab.layout.namespace(node))
    unlink(lab.layout.node(node).control)
  }

  private func boot(
    _ node: NodeName, _ layout: NodeLayout, _ startsServices: Bool
  ) throws(LabError) {
    let this = try ThisProgram.path()
    let log = open(layout.initLog, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard log >= 0 else { throw Files.failure("cannot open", layout.initLog) }
    defer { close(log) }
    let spawn = Spawn(
      command: [
        "nsenter", "--net=\(NetworkNamespaces.path(lab.layout.namespace(node)))",
        // An IPC namespace too: Postgres leaves a shared memory segment behind when killed.
        "unshare", "--uts", "--mount", "--ipc", "--pid", "--propagation", "private",
        "--fork", "--kill-child", "--",
        this, "node-init", "--directory", layout.directory, "--host-name", "\(node)",
      ] + (startsServices ? ["--start-services"] : []),
      environment: [
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SWIFT_BACKTRACE": "enable=no",
        // So that the init finds the shared libraries that this program was started with.
        "LD_LIBRARY_PATH": Tool.environment["LD_LIBRARY_PATH"] ?? "",
      ],
      output: log, errors: log, newSession: true)
    _ = try spawn.start()
  }

  /// Every node knows the others, and each service by its own name.
  private var hosts: String {
    let nodes = NodeName.all.map { node in
      let services = ["postgres", "master", "volume", "filer"].map { "\($0)-\(node.number)" }
      return "\(node.address(in: lab.subnet)) \(node) \(services.joined(separator: " "))\n"
    }
    return "127.0.0.1 localhost\n\(lab.subnet.hostAddress) lab-host\n" + nodes.joined()
  }
}
