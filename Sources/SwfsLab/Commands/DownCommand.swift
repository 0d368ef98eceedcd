import ArgumentParser

/// `swfs-lab down`.
struct DownCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down",
    abstract: "Take the lab away: processes, mounts, namespaces, interfaces and files.",
    discussion: "Works after a crash and half-done 'up', and when there is nothing left to do.")

  @OptionGroup var options: LabOptions

  @Flag(help: "Stop the services in an orderly way and keep their data for the next 'up'.")
  var keep = false

  func run() throws {
    try requireRoot()
    let layout = try options.layout()
    let lock = try LabLock(layout)
    defer { withExtendedLifetime(lock) {} }
    try LabDown(layout: layout, keepsState: keep, warn: Console.warn).run()
    Console.say("lab \(layout.name) is down" + (keep ? ", its data in \(layout.state)" : ""))
  }
}
