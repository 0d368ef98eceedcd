import Foundation
import Glibc

/// Runs programs the way a person at a shell would.
enum Command {
  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
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
    _ arguments: [String], in directory: String? = nil, input: [UInt8] = [], seconds: Double = 300
  ) throws -> Outcome {
    // Files instead of pipes: nothing can block on output that nobody reads.
    let given = try TemporaryFile(input)
    let output = try TemporaryFile()
    let errors = try TemporaryFile()
    let there = directory.map { ["env", "-C", $0] } ?? []
    let child = try ChildProcess(
      there + arguments, input: given.path, output: output.path, errors: errors.path)
    guard let status = child.wait(seconds: seconds) else {
      child.signal(SIGKILL)
      _ = child.wait(seconds: 10)
      throw Failure("\(arguments.joined(separator: " ")) did not end within \(seconds) s")
    }
    return Outcome(status: status, output: try output.text(), errors: try errors.text())
  }

  /// Runs a program that has to succeed; returns its output.
  @discardableResult
  static func check(
    _ arguments: [String], in directory: String? = nil, input: [UInt8] = [], seconds: Double = 300
  ) throws -> String {
    let outcome = try run(arguments, in: directory, input: input, seconds: seconds)
    guard outcome.status == 0 else {
      throw Failure(
        "\(arguments.joined(separator: " ")) ended with \(outcome.status): "
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
  static func python(
    _ script: String, _ arguments: [String] = [], in directory: String? = nil
  ) throws -> String {
    try check(["python3", "-c", script] + arguments, in: directory)
  }

  /// Runs a shell script as an ordinary user.
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
  let path: String

  init(_ bytes: [UInt8] = []) throws {
    path = NSTemporaryDirectory() + "/swfs-test-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  deinit { unlink(path) }

  func text() throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }
}
