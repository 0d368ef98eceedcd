public import ArgumentParser

/// `swfs-lab`: a three-node SeaweedFS cluster with its database on one machine.
public struct SwfsLabCommand: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "swfs-lab",
    abstract: "A real three-node SeaweedFS cluster with Postgres, on this machine.",
    discussion: """
      Each node is a set of Linux namespaces with its own address, host name and processes; \
      nodes can be cut off, and services killed or frozen, as in life. Needs root. Everything \
      a lab writes is under its state directory.
      """,
    subcommands: [
      UpCommand.self, DownCommand.self, StatusCommand.self, LogsCommand.self, EnvCommand.self,
      KillCommand.self, StopCommand.self, StartCommand.self, PauseCommand.self,
      ResumeCommand.self, CutCommand.self, HealCommand.self, PowerOffCommand.self,
      PowerOnCommand.self, ExecCommand.self, NodeInitCommand.self,
    ])

  public init() {}

  /// Runs the command line of this process; ends the process when it is wrong or fails.
  public static func run() { main() }
}
