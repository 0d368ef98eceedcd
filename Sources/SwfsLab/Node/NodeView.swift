import FoundationEssentials
import Glibc

/// What a node's processes see differently from the host: name, hosts file, process table.
struct NodeView {
  let layout: NodeLayout
  let hostName: String

  /// Changes the namespaces that the calling process is in; they must be its own already.
  func enter() throws(LabError) {
    try dropForeignMounts()
    guard sethostname(hostName, hostName.utf8.count) == 0 else {
      throw Files.failure("cannot set the host name", hostName)
    }
    try mount(layout.hosts, on: "/etc/hosts", type: "none", flags: UInt(MS_BIND))
    try mount("proc", on: layout.processes, type: "proc", flags: 0)
  }

  /// A new mount namespace starts with copies of all mounts, and a copy of a FUSE mount keeps
  /// somebody else's file system alive after they have unmounted it.
  private func dropForeignMounts() throws(LabError) {
    let mounts = MountTable.parse(try Files.read("/proc/self/mountinfo"))
    for mount in mounts.reversed() where mount.isFuse && !holdsWhatWeNeed(mount.point) {
      umount2(mount.point, Int32(MNT_DETACH))
    }
  }

  /// True for a FUSE file system that the node itself lives on (an overlay in a container, say).
  private func holdsWhatWeNeed(_ point: String) -> Bool {
    ["/usr", "/etc", layout.directory].contains { MountTable.isInside($0, point) }
  }

  private func mount(
    _ source: String, on target: String, type: String, flags: UInt
  ) throws(LabError) {
    guard Glibc.mount(source, target, type, flags, nil) == 0 else {
      throw Files.failure("cannot mount \(source) on", target)
    }
  }
}

/// Mounts as `/proc/self/mountinfo` tells them (proc(5)).
enum MountTable {
  struct Mount: Equatable {
    let point: String
    let type: String

    var isFuse: Bool { type == "fuse" || type.hasPrefix("fuse.") || type == "fuseblk" }
  }

  static func parse(_ text: String) -> [Mount] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count
      else { return nil }
      return Mount(point: unescape(fields[4]), type: String(fields[dash + 1]))
    }
  }

  /// Whether a path is that directory or below it.
  static func isInside(_ path: String, _ directory: String) -> Bool {
    path == directory || path.hasPrefix(directory.hasSuffix("/") ? directory : directory + "/")
  }

  /// Blanks, tabs, newlines and backslashes stand there as three octal digits.
  private static func unescape(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == 0x5c, digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
