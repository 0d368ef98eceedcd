import ArgumentParser
import SwfsBackup
import SwfsCore

struct BackupForget: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget", abstract: "Remove snapshots: named ones, or all that no rule keeps.",
    discussion: """
      Of each hour, day, week, month and year (UTC) that has snapshots the newest one is kept, \
      newest periods first, up to the number given; rules add up. Snapshots of different clusters \
      are looked at separately. Space is freed by prune.
      """)

  @Argument(help: "Snapshots to remove.") var snapshots: [String] = []

  @Option(help: "Keep the newest of all.") var keepLast = 0
  @Option(help: "Keep the newest of each hour.") var keepHourly = 0
  @Option(help: "Keep the newest of each day.") var keepDaily = 0
  @Option(help: "Keep the newest of each week.") var keepWeekly = 0
  @Option(help: "Keep the newest of each month.") var keepMonthly = 0
  @Option(help: "Keep the newest of each year.") var keepYearly = 0

  @Option(help: ArgumentHelp("Always keep snapshots with this tag.", valueName: "word"))
  var keepTag: [String] = []

  @Flag(help: "Only say what would be removed.") var dryRun = false
  @Flag(help: "Free the space at once.") var prune = false

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var lock: LockOptions

  @Flag(help: "The result as a JSON object.") var json = false

  private var policy: RetentionPolicy {
    var policy = RetentionPolicy()
    policy.last = keepLast
    policy.hourly = keepHourly
    policy.daily = keepDaily
    policy.weekly = keepWeekly
    policy.monthly = keepMonthly
    policy.yearly = keepYearly
    return policy
  }

  mutating func validate() throws {
    for number in [keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly]
    where number < 0 { throw ValidationError("--keep-… does not go below 0") }
    if snapshots.isEmpty == policy.isEmpty {
      throw ValidationError(
        "give either snapshots or rules (--keep-last, --keep-daily …); no rule would remove all")
    }
  }

  func run() throws {
    try BackupExit.running {
      let context = Interruption.context()
      let opened = try repository.open(loadsIndex: prune)
      let held = try lock.acquire(opened, "backup forget")
      defer { held.release() }
      let all = try opened.snapshots()
      let removed = snapshots.isEmpty ? byRules(all) : try byName(opened)
      if !dryRun { try opened.remove(removed) }
      let output = ByteSink.standardOutput()
      if json {
        try output.jsonLine { text in
          text.object {
            $0.field("dry_run", dryRun)
            $0.field("kept", all.count - removed.count)
            $0.field("removed", removed.map(\.id.hex))
          }
        }
      } else {
        for stored in removed {
          let time = BackupText.time(nanoseconds: stored.snapshot.timeNanoseconds)
          try output.line((dryRun ? "would remove " : "removed ") + "\(stored.id.short)  \(time)")
        }
        try output.line("\(all.count - removed.count) snapshots kept")
      }
      try output.flush()
      if prune && !dryRun {
        let result = try Prune(opened).run(lock: held, context)
        try BackupPrune.report(result, isDryRun: false, json: json)
      }
      return .success
    }
  }

  private func byName(_ opened: Repository) throws(FSError) -> [StoredSnapshot] {
    var named: [StoredSnapshot] = []
    for text in snapshots { named.append(try opened.snapshot(named: text)) }
    return named
  }

  private func byRules(_ all: [StoredSnapshot]) -> [StoredSnapshot] {
    var removed: [StoredSnapshot] = []
    for cluster in Set(all.map(\.snapshot.cluster)).sorted() {
      let mine = all.filter { $0.snapshot.cluster == cluster }
      let kept = Set(policy.kept(mine.map { $0.snapshot.timeNanoseconds / 1_000_000_000 }))
      for (index, stored) in mine.enumerated() where !kept.contains(index) {
        if Set(stored.snapshot.tags).isDisjoint(with: keepTag) { removed.append(stored) }
      }
    }
    return removed
  }
}
