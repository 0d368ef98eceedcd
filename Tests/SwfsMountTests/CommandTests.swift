import Glibc
import SwfsCore
import Testing

@testable import SwfsMount

/// The real program, as far as it comes without a cluster: each mistake is one line and one status.
struct CommandTests {
  private struct Outcome: Equatable {
    var status: Int32
    var errors: String
  }

  /// Builds put the program beside the test bundle.
  private static let program: String? = {
    guard let own = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(own) }
    var candidates = [String(cString: own)] + CommandLine.arguments
    candidates += candidates.compactMap { path in
      path.lastIndex(of: "/").map { path[..<$0] + "/swfs-mount" }.map(String.init)
    }
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    candidates.append("/\(root)/.build/debug/swfs-mount")
    return candidates.first { $0.hasSuffix("/swfs-mount") && access($0, X_OK) == 0 }
  }()

  private func run(_ arguments: String..., name: String = "swfs-mount") throws -> Outcome {
    let program = try #require(Self.program)
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
    var words = ([name] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let result = posix_spawn(&process, program, &actions, nil, &words, environ)
    close(ends[1])
    try #require(result == 0)
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(ends[0], &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      text += piece[..<count]
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return Outcome(status: (status >> 8) & 0xff, errors: String(decoding: text, as: UTF8.self))
  }

  private func emptyDirectory() throws -> String {
    var template = Array("/tmp/swfs-command-XXXXXX".utf8CString)
    return try #require(mkdtemp(&template).map { String(cString: $0) })
  }

  @Test func usageErrors() throws {
    #expect(
      try run("--filler", "x", "/m")
        == Outcome(
          status: 2, errors: "swfs-mount: unknown option --filler, did you mean --filer?\n"))
    #expect(try run().status == 2)
    #expect(try run("--config", "/nonexistent/c", "/m").status == 2)
    #expect(try run("--version") == Outcome(status: 0, errors: ""))
    #expect(try run("--help").status == 0)
  }

  @Test func badMountPoints() throws {
    #expect(
      try run("/tmp/swfs-no-such-directory")
        == Outcome(
          status: 4,
          errors: "swfs-mount: mount point /tmp/swfs-no-such-directory does not exist\n"))
    #expect(
      try run("-f", "/etc/passwd").errors
        == "swfs-mount: mount point /etc/passwd is not a directory\n")
    let full = try run("/etc")
    #expect(full.status == 4 && full.errors.contains("is not empty"))
  }

  @Test func noFilerAnswers() throws {
    let directory = try emptyDirectory()
    defer { rmdir(directory) }
    let outcome = try run("--filer", "127.0.0.1:1", "--start-timeout", "500ms", directory)
    #expect(outcome.status == 5)
    #expect(outcome.errors.hasPrefix("swfs-mount: no filer answers at 127.0.0.1:1"))
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test func mountsStatusesAreUsedWhenMountCalls() throws {
    let directory = try emptyDirectory()
    defer { rmdir(directory) }
    let outcome = try run(
      "127.0.0.1:1:/x", directory, "-o", "rw,nofail,start_timeout=200ms", name: "mount.fuse.swfs")
    #expect(outcome.status == 32)
    #expect(try run("a:1", directory, "-o", "bogus", name: "mount.fuse.swfs").status == 1)
  }

  @Test func passwordsAreWarnedAbout() throws {
    let outcome = try run(
      "--postgres", "postgresql://u:secret@h/d", "/tmp/swfs-no-such-directory")
    #expect(outcome.errors.contains("can be seen by everybody"))
    #expect(!outcome.errors.contains("secret"))
  }
}
