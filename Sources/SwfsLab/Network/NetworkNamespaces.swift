import Glibc
import SwfsCore

/// Named network namespaces, as `ip netns` keeps them.
enum NetworkNamespaces {
  /// Where `ip netns` keeps them: a directory that it mounts on itself at the first use.
  private static let directory = "/run/netns"

  static func path(_ name: String) -> String { "\(directory)/\(name)" }

  static func exists(_ name: String) -> Bool { Files.exists(path(name)) }

  static func hasInterface(_ name: String) -> Bool { if_nametoindex(name) != 0 }

  static func create(_ name: String) throws(LabError) {
    let lock = try LabLock(named: lockName)
    defer { withExtendedLifetime(lock) {} }
    try Tool.check(["ip", "netns", "add", name])
    try Tool.check(["ip", "-n", name, "link", "set", "lo", "up"])
  }

  static func remove(_ name: String) throws(LabError) {
    guard exists(name) else { return }
    try Tool.check(["ip", "netns", "delete", name])
  }

  /// Takes the directory and its mount away when nobody's namespace is in it.
  static func removeEmptyDirectory() throws(LabError) {
    let lock = try LabLock(named: lockName)
    defer { withExtendedLifetime(lock) {} }
    guard Files.exists(directory), Files.names(in: directory).isEmpty else { return }
    umount2(directory, 0)
    rmdir(directory)
  }

  /// No lab's name has a slash.
  private static let lockName = "network/namespaces"

  /// Ends every process in the namespace, by force, and waits until none is left.
  static func killProcesses(_ name: String) throws(LabError) {
    // An interrupted `ip netns add` leaves a plain file that is no namespace: nobody is in it.
    guard exists(name), try Tool.run(["ip", "-n", name, "link", "show", "lo"]).succeeded
    else { return }
    let deadline = Deadline(secondsFromNow: 20)
    while true {
      let text = try Tool.check(["ip", "netns", "pids", name])
      let pids = text.split(separator: "\n").compactMap { pid_t($0) }.filter { $0 > 1 }
      if pids.isEmpty { return }
      guard !deadline.hasPassed else {
        throw LabError("processes \(pids) of \(name) do not end")
      }
      for pid in pids { kill(pid, SIGKILL) }
      pause(seconds: 0.02)
    }
  }
}
