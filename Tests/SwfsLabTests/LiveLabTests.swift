import FoundationEssentials
import Glibc
import SwfsCore
import Testing

@testable import SwfsLab

/// A real lab beside whatever else runs, from `up` to a machine that shows no trace of it.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["SWFS_TEST_LAB"] == "1",
    "set SWFS_TEST_LAB=1 (as root): brings a lab up"), .serialized)
struct LiveLabTests {
  @Test(.timeLimit(.minutes(5)))
  func servesThroughFaultsAndLeavesNothing() throws {
    let scratch = try TemporaryDirectory()
    let lab = try LiveLab(scratch)
    defer { lab.downWhateverHappened() }
    try lab.run("up", "--subnet", "auto", "--jwt")
    let report = try lab.report()
    #expect(report.serves)
    #expect(report.services.count == 10)
    #expect(report.services.allSatisfy { $0.pid != nil })

    // Repeating changes nothing.
    try lab.run("up")
    #expect(try lab.report().services.map(\.pid) == report.services.map(\.pid))

    // Nodes have their names and know each other's.
    #expect(try lab.run("exec", "node-2", "hostname") == "node-2\n")
    let filer3 = try lab.run("exec", "node-2", "--", "getent", "hosts", "filer-3")
    #expect(filer3.hasPrefix(try lab.address("node-3")))
    #expect(throws: LabError.self) { try lab.run("exec", "node-1", "--", "sh", "-c", "exit 7") }

    // Killed: restarted as another process.
    try lab.run("kill", "filer-2")
    try lab.wait("filer-2 restarts") { $0.healthy && $0.restarts == 1 && $0.lastExit == "signal 9" }
    try lab.run("kill", "filer-2", "--no-restart")
    try lab.wait("filer-2 stays down") { $0.state == "stopped" }

    // Frozen: connections are taken, answers are not given.
    try lab.run("pause", "filer-1")
    try lab.wait("filer-1 is frozen") { $0.state == "paused" && !$0.healthy }
    try lab.run("resume", "filer-1")

    // Cut, and dark.
    try lab.run("cut", "node-3")
    #expect(try lab.report().nodes.first { $0.name == "node-3" }?.cut == true)
    try lab.run("power-off", "node-2")
    #expect(try lab.report().nodes.first { $0.name == "node-2" }?.power == .off)

    // `up` mends all of it; a second lab on the same addresses is refused.
    try lab.run("up")
    #expect(try lab.report().serves)
    let other = try LiveLab(scratch)
    let refusal = #expect(throws: LabError.self) {
      try other.run("up", "--subnet", try lab.report().subnet)
    }
    #expect(refusal?.detail.contains("collides") == true)
    try other.run("down")

    let pids = try lab.report().services.compactMap(\.pid)
    try lab.run("down")
    try lab.expectNothingLeft(pids)
    try lab.run("down")
  }

  @Test(.timeLimit(.minutes(2)), arguments: [0.1, 0.6, 2.0])
  func interruptedUpIsTakenAway(afterSeconds seconds: Double) throws {
    let lab = try LiveLab(try TemporaryDirectory())
    defer { lab.downWhateverHappened() }
    let up = Spawn(
      command: [lab.program, "up", "--subnet", "auto"] + lab.options, environment: Tool.environment)
    let pid = try up.start()
    pause(seconds: seconds)
    kill(pid, SIGKILL)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    try lab.run("down")
    try lab.expectNothingLeft([])
  }
}
