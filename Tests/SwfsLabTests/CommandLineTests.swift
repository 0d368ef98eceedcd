import ArgumentParser
import Testing

@testable import SwfsLab

@Suite struct CommandLineTests {
  private func parse<C>(_ type: C.Type, _ arguments: String...) throws -> C {
    let command = try SwfsLabCommand.parseAsRoot(arguments)
    return try #require(command as? C)
  }

  @Test func standardLabWithoutOptions() throws {
    let up = try parse(UpCommand.self, "up", "--name", "swfs")
    let layout = try up.options.layout()
    #expect(layout.state == "/var/lib/swfs-lab/swfs")
    #expect(layout.namespace(NodeName.all[0]) == "swfs-lab-swfs-node-1")
    #expect(!up.jwt && !up.tls && !up.s3 && !up.fsync)
  }

  @Test func stateIsMadeAbsolute() throws {
    let down = try parse(DownCommand.self, "down", "--name", "x", "--state", "/tmp/x//")
    #expect(try down.options.layout().state == "/tmp/x")
    let relative = try parse(DownCommand.self, "down", "--name", "x", "--state", "there")
    #expect(try relative.options.layout().state.hasPrefix("/"))
  }

  @Test(arguments: [
    ["up", "--subnet", "10.0.0.0/16"], ["up", "--name", "Wrong"], ["up", "--volume-size-mb", "0"],
    ["up", "--volumes-max", "1"], ["cut", "node-7"], ["kill"], ["logs", "filer-1", "-n", "-3"],
    ["unknown"],
  ])
  func wrongArgumentsAreRefused(arguments: [String]) {
    #expect(throws: (any Error).self) { try SwfsLabCommand.parseAsRoot(arguments) }
  }

  @Test func execPassesOptionsOnUntouched() throws {
    let exec = try parse(ExecCommand.self, "exec", "--name", "x", "node-2", "ls", "--name", "-l")
    #expect(exec.node == NodeName.all[1])
    #expect(exec.command == ["ls", "--name", "-l"])
    #expect(exec.options.name == "x")
  }

  @Test func repeatedUpKeepsSettingsAndRefusesOthers() throws {
    let directory = try TemporaryDirectory()
    let state = directory.path + "/lab"
    let first = try parse(
      UpCommand.self, "up", "--name", "x", "--state", state, "--jwt", "--subnet", "auto")
    let layout = try first.options.layout()
    try StateDirectory.make(layout)
    let settings = try first.settings(layout)
    #expect(settings.jwt)
    try Files.writeJSON(settings, to: layout.settings)
    #expect(try first.settings(layout) == settings)
    let plain = try parse(UpCommand.self, "up", "--name", "x", "--state", state)
    #expect(try plain.settings(layout) == settings)
    let other = try parse(UpCommand.self, "up", "--name", "x", "--state", state, "--tls")
    #expect(throws: LabError.self) { try other.settings(layout) }
  }
}
