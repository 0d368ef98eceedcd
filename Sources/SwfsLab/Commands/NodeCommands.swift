import ArgumentParser
import FoundationEssentials
import Glibc

extension NodeName: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}

/// `swfs-lab cut`.
struct CutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cut",
    abstract: "Take a node's network cable out: nothing reaches it, and nobody is told.")

  @OptionGroup var options: LabOptions
  @Argument(help: "Such as node-2.") var node: NodeName

  func run() throws { try options.lab().fabric.setCable(node, connected: false) }
}

/// `swfs-lab heal`.
struct HealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heal", abstract: "Put a node's network cable back.")

  @OptionGroup var options: LabOptions
  @Argument(help: "Such as node-2.") var node: NodeName

  func run() throws { try options.lab().fabric.setCable(node, connected: true) }
}

/// `swfs-lab power-off`.
struct PowerOffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "power-off", abstract: "Cut a node's power: all its processes are gone at once.")

  @OptionGroup var options: LabOptions
  @Argument(help: "Such as node-2.") var node: NodeName

  func run() throws {
    let lab = try options.lab()
    // First the cable, so that no dying process sends a farewell that a power cut would not.
    try lab.fabric.setCable(node, connected: false)
    try NodePower(lab: lab).off(node)
  }
}

/// `swfs-lab power-on`.
struct PowerOnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "power-on", abstract: "Boot a node with all its services.")

  @OptionGroup var options: LabOptions
  @Argument(help: "Such as node-2.") var node: NodeName

  func run() throws { try NodePower(lab: try options.lab()).on(node, startsServices: true) }
}

/// `swfs-lab exec`.
struct ExecCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run a command on a node, with its network, host name and mounts.",
    usage: "swfs-lab exec [--name <name>] [--state <dir>] <node> <command> ...")

  @OptionGroup var options: LabOptions
  @Argument(help: "Such as node-2.") var node: NodeName
  @Argument(parsing: .captureForPassthrough, help: "Program and arguments.")
  var command: [String]

  /// Becomes the command, so its signals and exit code are the command's own.
  ///
  /// It stays in the host's process table: `/proc` shows the same on nodes as on the host.
  func run() throws {
    let lab = try options.lab()
    let target = try NodeProcesses(layout: lab.layout, node: node).initProcess()
    let program = command.first == "--" ? Array(command.dropFirst()) : command
    let arguments =
      [
        "nsenter", "--target=\(target)", "--net", "--uts", "--ipc", "--mount",
        "--wdns=\(FileManager.default.currentDirectoryPath)", "--",
      ] + program
    let pointers = arguments.map { strdup($0) } + [nil]
    execvp("nsenter", pointers)
    throw Files.failure("cannot run", "nsenter")
  }
}
