import Testing

@testable import SwfsLab

@Suite struct ToolTests {
  @Test func keepsOutputErrorsAndExitCode() throws {
    let result = try Tool.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    #expect(result.output == "out\n")
    #expect(result.errors == "err\n")
    #expect(result.status == .exited(3))
  }

  @Test func longOutputOnBothPipesDoesNotBlock() throws {
    let script = "head -c 300000 /dev/zero | tr '\\0' x; head -c 300000 /dev/zero | tr '\\0' y >&2"
    let result = try Tool.run(["sh", "-c", script])
    #expect(result.output.utf8.count == 300_000)
    #expect(result.errors.utf8.count == 300_000)
  }

  @Test func signalIsNotAnExitCode() throws {
    #expect(try Tool.run(["sh", "-c", "kill -9 $$"]).status == .killed(signal: 9))
  }

  @Test func hangingToolIsEnded() {
    let error = #expect(throws: LabError.self) { try Tool.run(["sleep", "60"], seconds: 0.2) }
    #expect(error?.summary.hasPrefix("sleep 60 did not end") == true)
  }

  @Test func missingProgramIsNamed() {
    let error = #expect(throws: LabError.self) { try Tool.run(["no-such-program-here"]) }
    #expect(error?.summary.contains("no-such-program-here") == true)
  }

  @Test func failureCarriesTheLastWords() {
    #expect(throws: LabError("sh -c echo why >&2; exit 1: exit 1", detail: "why")) {
      try Tool.check(["sh", "-c", "echo why >&2; exit 1"])
    }
  }

  @Test func variablesReachTheTool() throws {
    #expect(try Tool.check(["sh", "-c", "echo $SOME"], adding: ["SOME": "value"]) == "value\n")
  }

  @Test func tailIsTheEndOfALog() throws {
    let directory = try TemporaryDirectory()
    let log = directory.path + "/log"
    try Files.write((1...5000).map { "line \($0)\n" }.joined(), to: log)
    #expect(Files.tail(log, lines: 2) == "line 4999\nline 5000")
    #expect(Files.tail(directory.path + "/none") == "")
  }

  @Test func trimmingLeavesTheMiddle() {
    #expect(" \n a b\n ".trimmed == "a b")
    #expect("\n ".trimmed == "")
  }
}
