/// The lab's network: a bridge with a cable to each node and one to the host.
struct Fabric {
  let layout: LabLayout
  let subnet: Subnet

  private var namespace: String { layout.fabricNamespace }
  private static let bridge = "bridge"

  var isThere: Bool {
    NetworkNamespaces.exists(namespace) && NetworkNamespaces.hasInterface(layout.hostInterface)
  }

  /// Lays the bridge and the host's cable. What an interrupted attempt left is removed first.
  func create() throws(LabError) {
    try remove()
    try NetworkNamespaces.create(namespace)
    try ip("-n", namespace, "link", "add", Self.bridge, "type", "bridge", "mcast_snooping", "0")
    try ip("-n", namespace, "link", "set", Self.bridge, "up")
    try ip(
      "link", "add", layout.hostInterface, "type", "veth", "peer", "name", "host",
      "netns", namespace)
    try ip("-n", namespace, "link", "set", "host", "master", Self.bridge, "up")
    try ip("address", "add", "\(subnet.hostAddress)/24", "dev", layout.hostInterface)
    try ip("link", "set", layout.hostInterface, "up")
  }

  /// Gives the node its namespace and its cable.
  func plug(_ node: NodeName) throws(LabError) {
    let name = layout.namespace(node)
    try unplug(node)
    try NetworkNamespaces.create(name)
    try ip(
      "link", "add", "eth0", "netns", name, "type", "veth", "peer", "name", "\(node)",
      "netns", namespace)
    try ip("-n", namespace, "link", "set", "\(node)", "master", Self.bridge, "up")
    try ip("-n", name, "address", "add", "\(node.address(in: subnet))/24", "dev", "eth0")
    try ip("-n", name, "link", "set", "eth0", "up")
  }

  /// Takes namespace and cable away; the processes in it must be gone.
  func unplug(_ node: NodeName) throws(LabError) {
    // The cable first: the kernel takes a namespace's interfaces down some time after its end.
    if NetworkNamespaces.exists(namespace) {
      _ = try Tool.run(["ip", "-n", namespace, "link", "delete", "\(node)"])
    }
    try NetworkNamespaces.remove(layout.namespace(node))
  }

  func remove() throws(LabError) {
    if NetworkNamespaces.hasInterface(layout.hostInterface) {
      try ip("link", "delete", layout.hostInterface)
    }
    try NetworkNamespaces.remove(namespace)
  }

  /// Takes the node's cable out (nothing reaches it or leaves it, and nobody is told), or puts
  /// it back.
  func setCable(_ node: NodeName, connected: Bool) throws(LabError) {
    try ip("-n", namespace, "link", "set", "\(node)", connected ? "up" : "down")
  }

  func isCut(_ node: NodeName) throws(LabError) -> Bool {
    struct Link: Decodable { let flags: [String] }
    let text = try ip("-n", namespace, "-json", "link", "show", "\(node)")
    return try JSON.decode([Link].self, from: text).first.map { !$0.flags.contains("UP") } ?? true
  }

  @discardableResult
  private func ip(_ arguments: String...) throws(LabError) -> String {
    try Tool.check(["ip"] + arguments)
  }
}
