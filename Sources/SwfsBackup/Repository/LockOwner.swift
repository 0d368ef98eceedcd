import Glibc
import SwfsCore

extension RepositoryLock.Owner {
  static func current(_ what: String) throws(FSError) -> Self {
    let pid = getpid()
    let now = Timestamp.now.seconds
    return Self(
      host: HostName.current, boot: bootID, pid: pid, start: startTime(of: pid) ?? "",
      token: Hex.text(try RandomBytes.make(16)), what: what, since: now, seen: now)
  }

  /// Whether the process is gone for sure: known only of this boot of this host.
  var isGone: Bool {
    guard host == HostName.current, !boot.isEmpty, !start.isEmpty else { return false }
    // The host has been started anew since.
    guard boot == Self.bootID else { return true }
    return Self.startTime(of: pid) != start
  }

  var summary: String { "\(what) on \(host), process \(pid)" }

  var explanation: String {
    let now = Timestamp.now.seconds
    return "the repository is in use: \(summary), since \(now - since) s, last sign of life"
      + " \(now - seen) s ago; if that run is dead for sure, repeat with --break-lock"
  }

  func encoded() -> [UInt8] {
    [UInt8](
      """
      host \(host)
      boot \(boot)
      pid \(pid)
      start \(start)
      token \(token)
      what \(what)
      since \(since)
      seen \(seen)

      """.utf8)
  }

  /// Nil for bytes that are no lock.
  init?(decoding bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    var fields: [Substring: String] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      fields[parts[0]] = parts.count == 2 ? String(parts[1]) : ""
    }
    guard let host = fields["host"], let boot = fields["boot"],
      let pid = fields["pid"].flatMap({ Int32($0) }), let start = fields["start"],
      let token = fields["token"], let what = fields["what"],
      let since = fields["since"].flatMap({ Int64($0) }),
      let seen = fields["seen"].flatMap({ Int64($0) })
    else { return nil }
    self.init(
      host: host, boot: boot, pid: pid, start: start, token: token, what: what, since: since,
      seen: seen)
  }

  /// Another value after each start of the kernel.
  private static let bootID: String = {
    let bytes = SmallFile.bytes("/proc/sys/kernel/random/boot_id") ?? []
    return String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
  }()

  /// Field 22 of `/proc/PID/stat`; nil when there is no such process. The name in field 2 may hold
  /// anything, so fields are counted behind the last bracket.
  private static func startTime(of pid: Int32) -> String? {
    guard let bytes = SmallFile.bytes("/proc/\(pid)/stat"),
      let bracket = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = bytes[(bracket + 1)...].split(separator: 0x20)
    guard fields.count > 19, fields[0] != [UInt8(ascii: "Z")] else { return nil }
    return String(decoding: fields[19], as: UTF8.self)
  }
}

enum HostName {
  static let current: String = {
    var buffer = [UInt8](repeating: 0, count: 256)
    let done = buffer.withUnsafeMutableBytes { raw -> Int32 in
      guard let start = raw.bindMemory(to: CChar.self).baseAddress else { return -1 }
      return gethostname(start, raw.count - 1)
    }
    guard done == 0 else { return "localhost" }
    return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
  }()
}

enum SmallFile {
  /// The first 4 KiB of a file of `/proc`; nil when it cannot be read.
  static func bytes(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(file, &buffer, buffer.count)
    return count >= 0 ? Array(buffer.prefix(count)) : nil
  }
}
