import SwfsCore

/// Which snapshots are kept: the newest of each hour, day, week … up to a number of them.
public struct RetentionPolicy: Sendable, Equatable {
  public var last = 0
  public var hourly = 0
  public var daily = 0
  public var weekly = 0
  public var monthly = 0
  public var yearly = 0

  public init() {}

  /// Nothing asked for: everything would go.
  public var isEmpty: Bool { self == RetentionPolicy() }

  /// The places of the snapshots to keep, ascending.
  ///
  /// A pure function of the times. Periods are those of UTC, weeks begin on Monday; of each period
  /// that has a snapshot its newest one is kept, newest periods first, until the number is reached.
  /// Periods without snapshots do not count.
  ///
  /// - Parameter times: unix seconds, in any order.
  public func kept(_ times: [Int64]) -> [Int] {
    let newestFirst = times.indices.sorted { (times[$0], $0) > (times[$1], $1) }
    var kept = Set(newestFirst.prefix(max(last, 0)))
    let rules: [(count: Int, period: (Int64) -> Int64)] = [
      (hourly, { UTC.hours($0) }), (daily, { UTC.days($0) }), (weekly, { UTC.weeks($0) }),
      (monthly, { UTC.months($0) }), (yearly, { UTC.years($0) }),
    ]
    for rule in rules where rule.count > 0 {
      var seen = Set<Int64>()
      for index in newestFirst where seen.count < rule.count {
        if seen.insert(rule.period(times[index])).inserted { kept.insert(index) }
      }
    }
    return kept.sorted()
  }
}

/// Numbers of calendar periods since 1970 (or year 0) in UTC.
enum UTC {
  static func hours(_ seconds: Int64) -> Int64 { floorDivide(seconds, 3600) }
  static func days(_ seconds: Int64) -> Int64 { floorDivide(seconds, 86_400) }
  /// 1970-01-01 was a Thursday.
  static func weeks(_ seconds: Int64) -> Int64 { floorDivide(days(seconds) + 3, 7) }

  static func months(_ seconds: Int64) -> Int64 {
    let (year, month) = civil(days(seconds))
    return year * 12 + month
  }

  static func years(_ seconds: Int64) -> Int64 { civil(days(seconds)).year }

  /// Year and month of a day, by the usual count of days in eras of 400 years that begin in March.
  private static func civil(_ days: Int64) -> (year: Int64, month: Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month)
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }
}
