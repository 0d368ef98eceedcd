import Glibc

/// The processes of a node as the host sees them.
struct NodeProcesses {
  let layout: LabLayout
  let node: NodeName

  /// All processes in the node's network namespace.
  func all() throws(LabError) -> [pid_t] {
    let namespace = layout.namespace(node)
    guard NetworkNamespaces.exists(namespace) else { return [] }
    let text = try Tool.check(["ip", "netns", "pids", namespace])
    return text.split(separator: "\n").compactMap { pid_t($0) }
  }

  /// Numbers on the host by numbers in the node.
  func numbers() throws(LabError) -> [pid_t: pid_t] {
    var numbers: [pid_t: pid_t] = [:]
    let table = ProcessTable()
    for pid in try all() {
      let both = table.namespaceNumbers(of: pid)
      if both.count > 1, let inner = both.last { numbers[inner] = pid }
    }
    return numbers
  }

  /// - Throws: when the node is off.
  func initProcess() throws(LabError) -> pid_t {
    guard let pid = try numbers()[1] else { throw LabError("\(node) is off") }
    return pid
  }
}
