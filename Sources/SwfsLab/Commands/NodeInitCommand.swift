import ArgumentParser

/// `swfs-lab node-init`: what `up` starts as the first process of each node.
struct NodeInitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "node-init", abstract: "Be the first process of a node.", shouldDisplay: false)

  @Option var directory: String
  @Option var hostName: String
  @Flag var startServices = false

  func run() throws {
    try NodeInit(
      layout: NodeLayout(directory: directory), hostName: hostName, startsServices: startServices
    ).run()
  }
}
