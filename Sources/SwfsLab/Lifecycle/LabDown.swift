import Glibc

/// Takes a lab away, in whatever state it is: everything is found by its name.
struct LabDown: Sendable {
  let layout: LabLayout
  /// Ends services in an orderly way and leaves the state for a later `up`.
  let keepsState: Bool
  /// Told about what did not go as it should but does not stop it.
  let warn: @Sendable (String) -> Void

  func run() throws(LabError) {
    if keepsState { try stopServices() }
    for node in NodeName.all {
      try NetworkNamespaces.killProcesses(layout.namespace(node))
      unlink(layout.node(node).control)
    }
    // The subnet does not matter for taking things away.
    let fabric = Fabric(layout: layout, subnet: .standard)
    for node in NodeName.all { try fabric.unplug(node) }
    try fabric.remove()
    try NetworkNamespaces.removeEmptyDirectory()
    if !keepsState { try removeState() }
  }

  private func stopServices() throws(LabError) {
    // Last stage first across all nodes: a filer that stops wants its master and its database.
    guard Files.exists(layout.settings) else { return }
    let graph = try Lab.load(layout).services()
    for stage in ServiceSpec.Stage.allCases.reversed() {
      let problems = concurrently(graph.at(stage)) { service in stop(service) }
      // What did not stop is ended by force in a moment, with its node.
      for problem in problems { if let problem { warn(problem) } }
    }
  }

  /// Why the service did not stop in an orderly way; nil when it did, or did not run.
  private func stop(_ service: ServiceSpec) -> String? {
    guard let node = NodeName(service.node) else { return nil }
    let control = NodeControl(name: node, layout: layout.node(node))
    guard control.isOn else { return nil }
    do throws(LabError) {
      try control.ask(.stop, service.name)
      return nil
    } catch {
      return "\(service.name) did not stop in an orderly way: \(error.summary)"
    }
  }

  private func removeState() throws(LabError) {
    guard Files.exists(layout.state) else { return }
    // Removing files through a mount would remove somebody's data.
    let mounts = MountTable.parse(try Files.read("/proc/self/mountinfo"))
    if let mount = mounts.first(where: { MountTable.isInside($0.point, layout.state) }) {
      throw LabError("\(mount.point) is still mounted: unmount it, then run down again")
    }
    guard StateDirectory.isLab(layout) else {
      throw LabError("\(layout.state) is not the state of lab \(layout.name): not removed")
    }
    try Leftovers(state: layout.state).end()
    // What says that this is a lab goes last: a removal that fails half-way can be repeated.
    try Tool.check([
      "find", layout.state, "-xdev", "-mindepth", "1", "-maxdepth", "1", "!", "-path",
      layout.settings, "-exec", "rm", "-rf", "--one-file-system", "--", "{}", "+",
    ])
    try Tool.check(["rm", "-rf", "--one-file-system", "--", layout.state])
    // The common parent of labs goes with the last of them; it is not empty otherwise.
    if layout.state == LabLayout.standardState(layout.name) { rmdir("/var/lib/swfs-lab") }
  }
}
