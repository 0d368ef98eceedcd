import ArgumentParser

/// `swfs-lab status`.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "What runs and whether it serves. Exit code 1 unless everything does.")

  @OptionGroup var options: LabOptions

  @Flag(help: "As JSON.")
  var json = false

  func run() throws {
    let report = try LabReport.make(try options.lab())
    if json {
      Console.say(try JSON.encode(report))
    } else {
      for line in report.table { Console.say(line) }
    }
    if !report.serves { throw ExitCode(1) }
  }
}
