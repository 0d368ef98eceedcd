import FoundationEssentials
import Glibc

@testable import SwfsLab

/// A directory that goes away with the test.
final class TemporaryDirectory {
  let path: String

  init() throws {
    let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    var template = Array("\(base)/swfs-lab-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Files.failure("cannot make", "a directory") }
    // Postgres runs as a user of its own and has to get through.
    guard chmod(template, 0o755) == 0 else { throw Files.failure("cannot open up", base) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    do {
      try Tool.check(["rm", "-rf", "--one-file-system", "--", path])
    } catch {
      print("left behind: \(path): \(error)")
    }
  }
}
