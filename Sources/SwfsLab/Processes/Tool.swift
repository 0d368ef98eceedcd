import FoundationEssentials
import Glibc
import SwfsCore

/// Helper programs (`ip`, `curl`, `psql`, `openssl`) run to their end with their output kept.
enum Tool {
  struct Result {
    let status: ExitStatus
    let output: String
    let errors: String

    var succeeded: Bool { status == .exited(0) }
  }

  /// The environment of helpers: the caller's, in the C locale.
  static var environment: [String: String] {
    var environment = ProcessInfo.processInfo.environment
    environment["LC_ALL"] = "C"
    return environment
  }

  /// Runs it and returns what it said, whatever its exit code.
  ///
  /// - Throws: when it cannot start, or runs longer than `seconds` (it is killed then).
  static func run(
    _ command: [String], adding variables: [String: String] = [:], seconds: Double = 60
  ) throws(LabError) -> Result {
    let output = try Pipe()
    let errors = try Pipe()
    let pid = try Spawn(
      command: command, environment: environment.merging(variables) { $1 },
      output: output.writing, errors: errors.writing
    ).start()
    output.closeWriting()
    errors.closeWriting()
    let deadline = Deadline(secondsFromNow: seconds)
    var open = [output, errors]
    while !open.isEmpty && !deadline.hasPassed {
      var polls = open.map { pollfd(fd: $0.reading, events: Int16(POLLIN), revents: 0) }
      poll(&polls, nfds_t(polls.count), Int32(deadline.secondsLeft * 1000) + 1)
      for (index, pipe) in open.enumerated() where polls[index].revents != 0 { pipe.readSome() }
      open.removeAll { $0.ended }
    }
    // Pipes that stay open past the deadline mean that it hangs.
    if !open.isEmpty { kill(pid, SIGKILL) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    guard open.isEmpty else {
      throw LabError("\(command.joined(separator: " ")) did not end in \(Int(seconds)) s")
    }
    return Result(
      status: ExitStatus(waitStatus: status), output: output.text, errors: errors.text)
  }

  /// Runs it and returns its output; anything but exit 0 is an error with its last words.
  @discardableResult
  static func check(
    _ command: [String], adding variables: [String: String] = [:], seconds: Double = 60
  ) throws(LabError) -> String {
    let result = try run(command, adding: variables, seconds: seconds)
    guard result.succeeded else {
      let words = (result.errors.isEmpty ? result.output : result.errors).trimmed
      throw LabError("\(command.joined(separator: " ")): \(result.status)", detail: words)
    }
    return result.output
  }
}

/// One pipe of a helper, read until its end, up to a bound.
private final class Pipe {
  let reading: Int32
  private(set) var writing: Int32
  private(set) var ended = false
  private var bytes: [UInt8] = []

  /// More output than this is dropped: no helper of ours has reason to say more.
  private static let bytesMax = 8 << 20

  init() throws(LabError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Files.failure("cannot make", "a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    reading = ends[0]
    writing = ends[1]
  }

  deinit {
    close(reading)
    closeWriting()
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  func closeWriting() {
    guard writing >= 0 else { return }
    close(writing)
    writing = -1
  }

  func readSome() {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = read(reading, &buffer, buffer.count)
    if count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) { ended = true }
    if count > 0 && bytes.count < Self.bytesMax { bytes.append(contentsOf: buffer.prefix(count)) }
  }
}
