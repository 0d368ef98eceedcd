import Glibc

/// Programs that an interrupted `up` left running outside the nodes: `initdb` and the server it starts
/// go on writing below the state directory after whoever started them was killed.
struct Leftovers {
  /// The directory of the lab.
  let state: String

  private static let names: Set<String> = ["initdb", "postgres"]
  private static let secondsMax = 10.0

  /// Ends them and returns when none is left.
  func end() throws(LabError) {
    var waited = 0.0
    while true {
      let found = ProcessTable().all().filter(isOurs)
      if found.isEmpty { return }
      guard waited < Self.secondsMax else {
        throw LabError("processes \(found) still work in \(state): end them, then run down again")
      }
      for pid in found { kill(pid, SIGKILL) }
      usleep(50_000)
      waited += 0.05
    }
  }

  private func isOurs(_ pid: Int32) -> Bool {
    // A process that ends meanwhile has nothing to read any more, and is not ours to end.
    guard let name = try? Files.read("/proc/\(pid)/comm"), Self.names.contains(name.trimmed) else {
      return false
    }
    if (try? Files.read("/proc/\(pid)/stat"))?.contains(") Z ") == true { return false }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/\(pid)/cwd", &buffer, buffer.count)
    if count > 0 {
      let directory = String(
        decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
      if MountTable.isInside(directory, state) { return true }
    }
    let line = (try? Files.read("/proc/\(pid)/cmdline")) ?? ""
    return line.contains(state + "/")
  }
}
