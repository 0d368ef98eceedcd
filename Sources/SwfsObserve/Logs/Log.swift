import Glibc
import SwfsCore
import Synchronization

/// Levelled lines on stderr, one event a line, `key=value` pairs behind the message.
///
/// With `journald` prefixes (`<3>` and so on) when stderr is the journal. Thread-safe; a line is one
/// `write`, so lines of several threads never mix.
public enum Log {
  public enum Level: Int, Sendable, Comparable, CaseIterable {
    case error = 3
    case warning = 4
    case notice = 5
    case info = 6
    case debug = 7

    public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

    public init?(name: String) {
      switch name {
      case "error": self = .error
      case "warning", "warn": self = .warning
      case "notice": self = .notice
      case "info": self = .info
      case "debug": self = .debug
      default: return nil
      }
    }
  }

  private static let levelNumber = Atomic<Int>(Level.notice.rawValue)
  private static let descriptor = Atomic<Int32>(2)

  /// The most detailed level that is written. Can be changed at run time.
  public static var level: Level {
    get { Level(rawValue: levelNumber.load(ordering: .relaxed)) ?? .notice }
    set { levelNumber.store(newValue.rawValue, ordering: .relaxed) }
  }

  /// Sends lines to another descriptor (a log file) from now on.
  public static func redirect(to fileDescriptor: Int32) {
    descriptor.store(fileDescriptor, ordering: .relaxed)
  }

  private static let isJournal = getenv("JOURNAL_STREAM") != nil

  public static func error(_ message: @autoclosure () -> String) { write(.error, message) }
  public static func warning(_ message: @autoclosure () -> String) { write(.warning, message) }
  public static func notice(_ message: @autoclosure () -> String) { write(.notice, message) }
  public static func info(_ message: @autoclosure () -> String) { write(.info, message) }
  public static func debug(_ message: @autoclosure () -> String) { write(.debug, message) }

  private static func write(_ level: Level, _ message: () -> String) {
    guard level.rawValue <= levelNumber.load(ordering: .relaxed) else { return }
    let text = message().split(separator: "\n").joined(separator: " | ")
    var line = isJournal ? "<\(level.rawValue)>\(text)\n" : "\(stamp()) \(level) \(text)\n"
    line.withUTF8 { bytes in
      // A full or closed log must not stop the file system: there is nobody to tell.
      _ = Glibc.write(descriptor.load(ordering: .relaxed), bytes.baseAddress, bytes.count)
    }
  }

  /// UTC with milliseconds.
  private static func stamp() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var parts = tm()
    gmtime_r(&now.tv_sec, &parts)
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let milliseconds = String(now.tv_nsec / 1_000_000 + 1000).dropFirst()
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
      + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)Z"
  }
}
