import Testing

@testable import SwfsBackup

@Suite struct RetentionTests {
  /// 2024-01-01 00:00:00 UTC, a Monday.
  let monday: Int64 = 1_704_067_200
  let hour: Int64 = 3600
  let day: Int64 = 86_400

  private func policy(_ change: (inout RetentionPolicy) -> Void) -> RetentionPolicy {
    var policy = RetentionPolicy()
    change(&policy)
    return policy
  }

  @Test func lastKeepsTheNewestWhateverTheOrder() {
    let times = [monday + 5, monday, monday + 9, monday + 7]
    #expect(policy { $0.last = 2 }.kept(times) == [2, 3])
    #expect(policy { $0.last = 9 }.kept(times) == [0, 1, 2, 3])
    #expect(policy { $0.last = 1 }.kept([]) == [])
  }

  @Test func nothingAskedKeepsNothing() {
    #expect(RetentionPolicy().kept([monday]) == [])
    #expect(RetentionPolicy().isEmpty)
    #expect(!policy { $0.yearly = 1 }.isEmpty)
  }

  @Test func hourlyKeepsTheNewestOfEachHour() {
    let times = [monday, monday + 10, monday + hour, monday + hour + 3599, monday + 5 * hour]
    #expect(policy { $0.hourly = 2 }.kept(times) == [3, 4])
    #expect(policy { $0.hourly = 3 }.kept(times) == [1, 3, 4])
  }

  @Test func daysWithoutSnapshotsDoNotCount() {
    let times = [monday - 40 * day, monday - 2 * day, monday, monday + day - 1]
    #expect(policy { $0.daily = 3 }.kept(times) == [0, 1, 3])
  }

  @Test func weeksBeginOnMonday() {
    let times = [monday - 1, monday, monday + 6 * day, monday + 7 * day]
    #expect(policy { $0.weekly = 3 }.kept(times) == [0, 2, 3])
  }

  @Test func monthsAndYearsFollowTheCalendar() {
    // 2023-12-31, 2024-01-31, 2024-02-29, 2024-03-01
    let times = [monday - 1, monday + 30 * day, monday + 59 * day, monday + 60 * day]
    #expect(policy { $0.monthly = 4 }.kept(times) == [0, 1, 2, 3])
    #expect(policy { $0.monthly = 2 }.kept(times) == [2, 3])
    #expect(policy { $0.yearly = 5 }.kept(times) == [0, 3])
  }

  @Test func rulesAddUp() {
    let times = (0..<30).map { monday + Int64($0) * day }
    let kept = policy {
      $0.last = 1
      $0.daily = 3
      $0.weekly = 2
    }.kept(times)
    #expect(kept == [27, 28, 29])
    let wider = policy {
      $0.daily = 1
      $0.weekly = 3
    }.kept(times)
    #expect(wider == [20, 27, 29])
  }

  @Test func timesBeforeTheEpochHavePeriodsToo() {
    #expect(UTC.days(-1) == -1)
    #expect(UTC.months(-1) == 1969 * 12 + 12)
    #expect(UTC.months(0) == 1970 * 12 + 1)
    #expect(UTC.years(951_782_400) == 2000)  // 2000-02-29
    #expect(UTC.months(951_782_400) == 2000 * 12 + 2)
  }
}
