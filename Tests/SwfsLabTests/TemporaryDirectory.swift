import Glibc

@testable import SwfsLab

/// A directory that goes away with the test.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/swfs-lab-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Files.failure("cannot make", "a directory") }
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
