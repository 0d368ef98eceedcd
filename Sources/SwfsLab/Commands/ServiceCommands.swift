import ArgumentParser

/// The commands about one service share their arguments.
protocol ServiceCommand: ParsableCommand {
  var options: LabOptions { get }
  var service: String { get }
}

extension ServiceCommand {
  func ask(_ verb: ControlRequest.Verb, staysDown: Bool? = nil) throws {
    let lab = try options.lab()
    let node = try lab.services().find(service).node
    try lab.control(node).ask(verb, service, staysDown: staysDown)
  }
}

/// `swfs-lab kill`.
struct KillCommand: ServiceCommand {
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "Kill a service (SIGKILL); it is restarted a second later.")

  @OptionGroup var options: LabOptions
  @Argument(help: "Such as filer-2.") var service: String
  @Flag(help: "Leave it down until 'start'.") var noRestart = false

  func run() throws { try ask(.kill, staysDown: noRestart) }
}

/// `swfs-lab stop`.
struct StopCommand: ServiceCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Stop a service in an orderly way; it stays down.")

  @OptionGroup var options: LabOptions
  @Argument(help: "Such as filer-2.") var service: String

  func run() throws { try ask(.stop) }
}

/// `swfs-lab start`.
struct StartCommand: ServiceCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Start a service that was stopped.")

  @OptionGroup var options: LabOptions
  @Argument(help: "Such as filer-2.") var service: String

  func run() throws { try ask(.start) }
}

/// `swfs-lab pause`.
struct PauseCommand: ServiceCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Freeze a service (SIGSTOP): it keeps its connections and answers nothing.")

  @OptionGroup var options: LabOptions
  @Argument(help: "Such as filer-2.") var service: String

  func run() throws { try ask(.pause) }
}

/// `swfs-lab resume`.
struct ResumeCommand: ServiceCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let a frozen service go on.")

  @OptionGroup var options: LabOptions
  @Argument(help: "Such as filer-2.") var service: String

  func run() throws { try ask(.resume) }
}
