import FoundationEssentials
import Glibc
import SwfsCore
import Testing

@testable import SwfsLab

/// A lab driven through the built program, as a person does.
final class LiveLab {
  let program: String
  let layout: LabLayout
  private let scratch: TemporaryDirectory

  init(_ scratch: TemporaryDirectory) throws {
    self.scratch = scratch
    let tag = String(UInt32.random(in: 0 ... .max), radix: 36)
    let name = try #require(LabName("live-\(tag)"))
    layout = LabLayout(name: name, state: scratch.path + "/\(name)")
    let given = ProcessInfo.processInfo.environment["SWFS_TEST_LAB_BINARY"]
    program = given ?? FileManager.default.currentDirectoryPath + "/.build/debug/swfs-lab"
  }

  var options: [String] { ["--name", "\(layout.name)", "--state", layout.state] }

  /// Runs one command and returns its output.
  @discardableResult
  func run(_ verb: String, _ arguments: String...) throws -> String {
    try Tool.check([program, verb] + options + arguments, seconds: 240)
  }

  func report() throws -> LabReport {
    // It exits 1 when something does not serve, and tells it all the same.
    let result = try Tool.run([program, "status", "--json"] + options, seconds: 60)
    return try JSON.decode(LabReport.self, from: result.output)
  }

  func address(_ node: String) throws -> String {
    try #require(try report().nodes.first { $0.name == node }).address
  }

  /// Waits until the service named first in `what` is as wanted.
  func wait(_ what: String, until holds: (LabReport.Service) -> Bool) throws {
    let service = what.prefix { $0 != " " }
    let deadline = Deadline(secondsFromNow: 60)
    while true {
      let found = try #require(try report().services.first { $0.name == service })
      if holds(found) { return }
      try #require(!deadline.hasPassed, "\(what): \(found)")
      pause(seconds: 0.2)
    }
  }

  /// No process, mount, namespace, interface or file.
  func expectNothingLeft(_ pids: [Int32]) throws {
    for pid in pids { #expect(isGone(pid), "process \(pid) lives") }
    #expect(!Files.exists(layout.state))
    #expect(!NetworkNamespaces.exists(layout.fabricNamespace))
    #expect(NodeName.all.allSatisfy { !NetworkNamespaces.exists(layout.namespace($0)) })
    #expect(!NetworkNamespaces.hasInterface(layout.hostInterface))
    #expect(!(try Files.read("/proc/self/mountinfo")).contains(layout.state))
    for pid in ProcessTable().all() where pid != getpid() {
      // A process that ends meanwhile has no command line any more.
      let line = (try? Files.read("/proc/\(pid)/cmdline")) ?? ""
      #expect(!line.contains(layout.state), "process \(pid) lives: \(line)")
    }
  }

  /// Ended; a dead process that nobody has collected yet counts as ended.
  private func isGone(_ pid: Int32) -> Bool {
    guard let status = try? Files.read("/proc/\(pid)/status") else { return true }
    return status.contains("State:\tZ")
  }

  func downWhateverHappened() {
    do {
      try run("down")
    } catch {
      Issue.record("swfs-lab down failed: \(error)")
    }
  }
}
