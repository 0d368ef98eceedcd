import Glibc

/// The processes that a mounted procfs shows.
struct ProcessTable {
  let root: String

  init(_ root: String = "/proc") { self.root = root }

  /// A process and all its descendants, parents first.
  func tree(of pid: pid_t) -> [pid_t] {
    let children = Dictionary(grouping: all(), by: parent)
    var tree = [pid]
    var next = 0
    while next < tree.count {
      tree += (children[tree[next]] ?? []).filter { !tree.contains($0) }
      next += 1
    }
    return tree
  }

  /// Numbers that this table's processes carry, from this table's own down to the innermost
  /// namespace of the process (`NSpid`, see proc(5)).
  func namespaceNumbers(of pid: pid_t) -> [pid_t] {
    guard let status = try? Files.read("\(root)/\(pid)/status") else { return [] }
    let line = status.split(separator: "\n").first { $0.hasPrefix("NSpid:") }
    return (line ?? "").split(separator: "\t").dropFirst().compactMap { pid_t($0) }
  }

  func all() -> [pid_t] {
    Files.names(in: root).compactMap { pid_t($0) }
  }

  func parent(of pid: pid_t) -> pid_t {
    // The name in parentheses may hold anything, so fields are counted from the last ")".
    guard let stat = try? Files.read("\(root)/\(pid)/stat"), let end = stat.lastIndex(of: ")")
    else { return 0 }
    let fields = stat[end...].split(separator: " ")
    return fields.count > 2 ? pid_t(fields[2]) ?? 0 : 0
  }
}
