import ArgumentParser

/// `swfs-lab env`.
struct EnvCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "env",
    abstract: "Print the lab's addresses and passwords as shell exports.",
    discussion: "Use as: eval \"$(swfs-lab env)\"")

  @OptionGroup var options: LabOptions

  func run() throws {
    for (name, value) in LabEnvironment.variables(try options.lab()) {
      Console.say("export \(name)='\(value.replacing("'", with: "'\\''"))'")
    }
  }
}
