import Foundation

/// Runs programs the way a person at a shell would.
struct Command {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// What a program said and how it ended.
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  /// Runs a program and waits for it.
  @discardableResult
  static func run(
    _ arguments: [String], in directory: String? = nil, environment: [String: String] = [:],
    input: [UInt8] = []
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files instead of pipes: nothing can block on output that nobody reads.
    let output = try TemporaryFile()
    let errors = try TemporaryFile()
    let given = try TemporaryFile(input)
    process.standardOutput = output.handle
    process.standardError = errors.handle
    process.standardInput = given.handle
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: try output.text(), errors: try errors.text())
  }

  /// Runs a program that has to succeed; returns its output.
  @discardableResult
  static func check(
    _ arguments: [String], in directory: String? = nil, environment: [String: String] = [:],
    input: [UInt8] = []
  ) throws -> String {
    let outcome = try run(arguments, in: directory, environment: environment, input: input)
    guard outcome.status == 0 else {
      throw Failure(
        description: "\(arguments.joined(separator: " ")) ended with \(outcome.status): "
          + "\(outcome.output)\(outcome.errors)")
    }
    return outcome.output
  }

  /// Runs a shell script that has to succeed.
  @discardableResult
  static func shell(_ script: String, in directory: String? = nil) throws -> String {
    try check(["sh", "-euc", script], in: directory)
  }

  /// Runs a Python script that has to succeed.
  @discardableResult
  static func python(_ script: String, in directory: String? = nil) throws -> String {
    try check(["python3", "-c", script], in: directory)
  }

  /// Runs a shell script as an ordinary user; returns its exit status.
  static func asUser(
    _ script: String, uid: UInt32 = 1000, gid: UInt32 = 1000, groups: [UInt32] = []
  ) throws -> Outcome {
    let supplementary =
      groups.isEmpty
      ? "--clear-groups" : "--groups=" + groups.map(String.init).joined(separator: ",")
    return try run([
      "setpriv", "--reuid=\(uid)", "--regid=\(gid)", supplementary, "sh", "-euc", script,
    ])
  }

  static func isInstalled(_ program: String) -> Bool {
    (try? run(["sh", "-c", "command -v \(program)"]).status) == 0
  }
}

/// A file outside of the file system under test, gone with the object.
private final class TemporaryFile {
  let handle: FileHandle
  private let path: String

  init(_ bytes: [UInt8] = []) throws {
    path = NSTemporaryDirectory() + "/swfs-test-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
  }

  deinit {
    try? handle.close()
    unlink(path)
  }

  func text() throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }
}
