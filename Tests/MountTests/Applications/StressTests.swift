import Foundation
import SwfsCore
import SwfsTestKit
import Testing

/// Mixed operations of many threads for `SWFS_TEST_STRESS_SECONDS` (default 20), every byte checked.
@Suite(.needsFileSystem, .serialized) struct StressTests {
  private static let threads = 16
  private static let seconds = Double(MountFixture.variable("SWFS_TEST_STRESS_SECONDS") ?? "") ?? 20
  /// Beyond the mount's `--memory` of 256 MiB: code, stacks and libraries.
  private static let residentBytesMax = 420 << 20

  @Test func nothingIsLostAndNothingLeaks() throws {
    let scratch = try Scratch()
    let seed = UInt64.random(in: 1..<1_000_000)
    // Connections and threads that the work needs are made in the first round.
    try run(in: scratch("first"), seconds: Self.seconds / 3, seed: seed)
    let before = try settledUsage()
    try run(in: scratch("second"), seconds: Self.seconds * 2 / 3, seed: seed + 1000)
    guard let before, let after = try settledUsage() else { return }
    #expect(after.descriptors <= before.descriptors + 30)
    #expect(after.threads <= before.threads + 30)
    #expect(after.residentBytes < Self.residentBytesMax)
  }

  private func run(in directory: String, seconds: Double, seed: UInt64) throws {
    try Posix.mkdir(directory)
    let deadline = Deadline(secondsFromNow: seconds)
    let running = Monitor(Self.threads)
    let failures = Monitor<[String]>([])
    let operations = Monitor(0)
    for number in 0..<Self.threads {
      startThread("stress-\(number)") {
        do {
          var worker = StressWorker(
            directory: "\(directory)/\(number)", seed: seed + UInt64(number))
          let count = try worker.run(until: deadline)
          operations.withLock { $0 += count }
        } catch {
          failures.withLock { $0.append("thread \(number) (seed \(seed)): \(error)") }
        }
        running.update { $0 -= 1 }
      }
    }
    let ended = running.wait(until: Deadline(secondsFromNow: seconds + 300)) {
      $0 == 0 ? true : nil
    }
    #expect(ended == true, "threads hang")
    #expect(failures.withLock { $0 } == [])
    #expect(operations.withLock { $0 } > Self.threads)
  }

  private struct Usage {
    var descriptors: Int
    var threads: Int
    var residentBytes: Int
  }

  /// Of the mount process; nil in a plain directory.
  private func usage() throws -> Usage? {
    guard MountFixture.hasCluster else { return nil }
    let proc = "/proc/\(try MountFixture.mount().process)"
    let status = try String(contentsOfFile: proc + "/status", encoding: .utf8)
    func number(_ key: String) -> Int {
      let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
      return line.flatMap { Int($0.split(whereSeparator: \.isWhitespace)[1]) } ?? 0
    }
    return Usage(
      descriptors: try FileManager.default.contentsOfDirectory(atPath: proc + "/fd").count,
      threads: number("Threads:"), residentBytes: number("VmRSS:") << 10)
  }

  private func settledUsage() throws -> Usage? {
    pause(seconds: 2)
    return try usage()
  }
}

/// One thread: files whose content it knows, in a directory of its own.
private struct StressWorker {
  let directory: String
  var random: SeededRandom
  var files: [String: [UInt8]] = [:]
  var nextName = 0

  init(directory: String, seed: UInt64) {
    self.directory = directory
    random = SeededRandom(seed: seed)
  }

  mutating func run(until deadline: Deadline) throws -> Int {
    try Posix.mkdir(directory)
    var count = 0
    while !deadline.hasPassed {
      try step()
      count += 1
    }
    for name in files.keys { try check(name) }
    guard try Set(Posix.names(directory)) == Set(files.keys) else {
      throw Command.Failure("names differ")
    }
    return count
  }

  private mutating func step() throws {
    let known = files.keys.sorted().randomElement(using: &random)
    switch (Int.random(in: 0..<10, using: &random), known) {
    case (0..<3, _), (_, nil):
      nextName += 1
      let name = "f\(nextName)"
      let bytes = random.bytes(count: Int.random(in: 0..<400_000, using: &random))
      try Posix.write(path(name), bytes)
      files[name] = bytes
    case (3, let name?):
      let part = random.bytes(count: Int.random(in: 1..<50_000, using: &random))
      var bytes = files[name] ?? []
      let offset = Int.random(in: 0...bytes.count, using: &random)
      let file = try Posix.open(path(name), O_RDWR)
      try file.write(part, at: offset)
      try file.close()
      bytes += [UInt8](repeating: 0, count: max(0, offset + part.count - bytes.count))
      bytes.replaceSubrange(offset..<offset + part.count, with: part)
      files[name] = bytes
    case (4, let name?):
      let size = Int.random(in: 0..<300_000, using: &random)
      try Posix.truncate(path(name), size)
      let bytes = files[name] ?? []
      files[name] =
        Array(bytes.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - bytes.count))
    case (5, let name?):
      nextName += 1
      try Posix.rename(path(name), path("f\(nextName)"))
      files["f\(nextName)"] = files.removeValue(forKey: name)
    case (6, let name?):
      try Posix.unlink(path(name))
      files[name] = nil
    default:
      if let known { try check(known) }
    }
    if files.count > 30, let name = files.keys.sorted().first {
      try Posix.unlink(path(name))
      files[name] = nil
    }
  }

  private func check(_ name: String) throws {
    guard try Posix.read(path(name)) == files[name] else {
      throw Command.Failure("\(name) has other bytes than were written")
    }
  }

  private func path(_ name: String) -> String { directory + "/" + name }
}
