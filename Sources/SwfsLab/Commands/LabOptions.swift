import ArgumentParser
import FoundationEssentials
import Glibc

/// Which lab a command is about.
struct LabOptions: ParsableArguments {
  @Option(help: "Name of the lab. Default: $SWFS_LAB, or \(LabName.standard).")
  var name: String?

  @Option(
    help: ArgumentHelp(
      "Directory for everything the lab writes. Default: $SWFS_LAB_STATE, or /var/lib/swfs-lab/NAME.",
      valueName: "dir"))
  var state: String?

  mutating func validate() throws {
    _ = try layout()
  }

  /// - Throws: `ValidationError` when the name cannot be part of interface and directory names.
  func layout() throws -> LabLayout {
    let environment = ProcessInfo.processInfo.environment
    let text = name ?? environment["SWFS_LAB"] ?? LabName.standard
    guard let labName = LabName(text) else {
      throw ValidationError(
        "'\(text)' is no lab name: up to 32 lower-case letters, digits and inner dashes")
    }
    // A state directory from the environment belongs to the lab of the environment.
    let inherited =
      name == nil || name == environment["SWFS_LAB"] ? environment["SWFS_LAB_STATE"] : nil
    let path = state ?? inherited ?? LabLayout.standardState(labName)
    return LabLayout(name: labName, state: Self.absolute(path))
  }

  /// The lab that is there.
  func lab() throws -> Lab {
    try requireRoot()
    return try Lab.load(try layout())
  }

  static func absolute(_ path: String) -> String {
    var path = path
    if !path.hasPrefix("/") { path = FileManager.default.currentDirectoryPath + "/" + path }
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    return path
  }
}

/// - Throws: one line when the caller is not root.
func requireRoot() throws(LabError) {
  guard geteuid() == 0 else {
    throw LabError("swfs-lab makes network namespaces and must run as root (try sudo)")
  }
}
