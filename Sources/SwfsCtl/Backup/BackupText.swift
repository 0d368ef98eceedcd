import SwfsBackup
import SwfsCore

/// Numbers and times for people.
enum BackupText {
  /// `2026-11-26 05:12:33Z`.
  static func time(nanoseconds: Int64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    let days = seconds / 86_400
    let rest = seconds - days * 86_400
    // Days since 0000-03-01, by eras of 400 years.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let day = shifted - era * 146_097
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let ofYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * ofYear + 2) / 153
    let date = ofYear - (153 * month + 2) / 5 + 1
    let calendarMonth = month < 10 ? month + 3 : month - 9
    let calendarYear = year + era * 400 + (calendarMonth <= 2 ? 1 : 0)
    return "\(calendarYear)-\(two(calendarMonth))-\(two(date)) "
      + "\(two(rest / 3600)):\(two(rest % 3600 / 60)):\(two(rest % 60))Z"
  }

  private static func two(_ number: Int64) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }

  static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
    let fill = String(repeating: " ", count: max(width - text.count, 0))
    return right ? fill + text : text + fill
  }
}

/// One line on a terminal that is written over; nothing elsewhere.
struct ProgressLine {
  private let isShown = Terminal.errorsAreSeen
  private var next = Deadline(secondsFromNow: 1)
  private var isDirty = false

  mutating func show(_ text: @autoclosure () -> String) {
    guard isShown, next.hasPassed else { return }
    next = Deadline(secondsFromNow: 0.2)
    isDirty = true
    Terminal.write("\r\u{1b}[K" + text())
  }

  mutating func end() {
    if isDirty { Terminal.write("\r\u{1b}[K") }
    isDirty = false
  }
}

extension JSONText {
  /// A snapshot as an object.
  mutating func snapshot(_ stored: StoredSnapshot) {
    let snapshot = stored.snapshot
    object {
      $0.field("id", stored.id.hex)
      $0.field("time", BackupText.time(nanoseconds: snapshot.timeNanoseconds))
      $0.field("time_ns", snapshot.timeNanoseconds)
      $0.field("host", snapshot.host)
      $0.field("program", snapshot.program)
      $0.field("cluster", snapshot.cluster)
      $0.field("filers", snapshot.filers)
      $0.field("lsn", snapshot.lsn)
      $0.field("database_time", snapshot.databaseTime)
      $0.field("tags", snapshot.tags)
      $0.field("left_out", snapshot.leftOut)
      $0.field("whole", snapshot.isWhole)
      $0.field("missing_needles", snapshot.missing.count)
      $0.field("rows", snapshot.counts.rows)
      $0.field("directories", snapshot.counts.directories)
      $0.field("files", snapshot.counts.files)
      $0.field("symlinks", snapshot.counts.symlinks)
      $0.field("others", snapshot.counts.others)
      $0.field("key_value_rows", snapshot.counts.keyValueRows)
      $0.field("bytes", snapshot.counts.logicalBytes)
      $0.field("added_bytes", snapshot.counts.addedBytes)
      $0.field("added_needles", snapshot.counts.addedNeedles)
      $0.field("duration_ms", snapshot.counts.durationMilliseconds)
    }
  }
}

extension ByteSink {
  /// One JSON value on a line of its own.
  func jsonLine(_ body: (inout JSONText) -> Void) throws(FSError) {
    var text = JSONText()
    body(&text)
    try line(text.string)
  }
}
