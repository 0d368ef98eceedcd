import ArgumentParser
import Glibc

/// `swfs-lab logs`.
struct LogsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Show the log of a service, or of a node's supervisor.")

  @OptionGroup var options: LabOptions
  @Argument(help: "Such as filer-2, or node-2.") var name: String
  @Flag(name: .shortAndLong, help: "Go on as it grows.") var follow = false
  @Option(name: .shortAndLong, help: "How many lines from the end.") var lines = 100

  mutating func validate() throws {
    guard lines >= 0 else { throw ValidationError("--lines cannot be negative") }
  }

  func run() throws {
    let lab = try options.lab()
    let log: String
    if let node = NodeName(name) {
      log = lab.layout.node(node).initLog
    } else {
      log = lab.layout.node(try lab.services().find(name).node).log(name)
    }
    let arguments =
      ["tail", "--lines=\(lines)"] + (follow ? ["--follow=name", "--retry"] : []) + [log]
    let pointers = arguments.map { strdup($0) } + [nil]
    execvp("tail", pointers)
    throw Files.failure("cannot run", "tail")
  }
}
