import FoundationEssentials
import Glibc
import SwfsCore

/// A SeaweedFS mount of this machine, from the kernel's table of mounts.
struct LocalMount: Equatable, Sendable {
  var mountPoint: String
  var source: String
  /// `fuse.swfs`, or `fuse.seaweedfs` for one of weed mount.
  var type: String
  var isReadOnly: Bool
  /// The process that serves it; nil when it cannot be told.
  var process: Process?

  struct Process: Equatable, Sendable {
    var id: Int32
    /// Where it serves its metrics, if it was told to.
    var metrics: String?
  }

  static let types: Set<String> = ["fuse.swfs", "fuse.seaweedfs", "fuse.weed"]

  /// - Throws: `remote` when the kernel's table cannot be read.
  static func all() throws(FSError) -> [LocalMount] {
    let table = try SmallFile.read("/proc/self/mounts", bytesMax: 64 << 20)
    var mounts = parse(table)
    guard !mounts.isEmpty else { return [] }
    let processes = MountProcess.all()
    for index in mounts.indices {
      let found = processes.last { $0.mountPoint == mounts[index].mountPoint }
      mounts[index].process = found.map { Process(id: $0.id, metrics: $0.metrics) }
    }
    return mounts
  }

  /// Lines of `/proc/mounts`: source, mount point, type, options; spaces as `\040`.
  static func parse(_ table: String) -> [LocalMount] {
    table.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count >= 4, types.contains(String(fields[2])) else { return nil }
      return LocalMount(
        mountPoint: unescape(fields[1]), source: unescape(fields[0]), type: String(fields[2]),
        isReadOnly: fields[3].split(separator: ",").contains("ro"))
    }
  }

  static func unescape(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A running `swfs-mount`, by its command line and environment.
struct MountProcess: Equatable {
  var id: Int32
  var mountPoint: String
  var metrics: String?

  static func all() -> [MountProcess] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.sorted().compactMap { id in
      guard let command = words("/proc/\(id)/cmdline"),
        let program = command.first?.split(separator: "/").last, program == "swfs-mount"
      else { return nil }
      // Only root and the owner may read it; without it there is just less to say.
      let environment = words("/proc/\(id)/environ") ?? []
      return MountProcess(id: id, command: command, environment: environment)
    }
  }

  /// Nil for a command line that names no mount point.
  init?(id: Int32, command: [String], environment: [String]) {
    self.id = id
    func value(_ name: String) -> String? {
      for (index, word) in command.enumerated() {
        for dashes in ["--", "-"] {
          if word == dashes + name { return index + 1 < command.count ? command[index + 1] : nil }
          if word.hasPrefix(dashes + name + "=") {
            return String(word.dropFirst(dashes.count + name.count + 1))
          }
        }
        // Behind -o.
        for item in word.split(separator: ",") where item.hasPrefix(name + "=") {
          return String(item.dropFirst(name.count + 1))
        }
      }
      let variable = "SWFS_" + name.uppercased() + "="
      return environment.first { $0.hasPrefix(variable) }.map {
        String($0.dropFirst(variable.count))
      }
    }
    metrics = value("metrics")
    // The last absolute path that is no option's value: where the program puts it for `ps`.
    let paths = command.dropFirst().filter { $0.hasPrefix("/") }
    guard let mountPoint = value("mountpoint") ?? value("dir") ?? paths.last else { return nil }
    self.mountPoint = Self.trimmed(mountPoint)
  }

  init(id: Int32, mountPoint: String, metrics: String?) {
    self.id = id
    self.mountPoint = mountPoint
    self.metrics = metrics
  }

  private static func trimmed(_ path: String) -> String {
    var path = path
    while path.utf8.count > 1 && path.hasSuffix("/") { path.removeLast() }
    return path
  }

  private static func words(_ path: String) -> [String]? {
    guard let text = try? SmallFile.read(path, bytesMax: 4 << 20) else { return nil }
    return text.split(separator: "\0").map(String.init)
  }
}
