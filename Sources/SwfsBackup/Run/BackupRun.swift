public import SwfsCore
import SwfsObserve

/// One backup: the namespace of one moment, and every needle that it reaches.
public struct BackupRun: Sendable {
  private let repository: Repository
  private let options: BackupOptions
  private let names: any NamespaceSource
  private let needles: any NeedleSource
  private let vacuum: (any VacuumSwitch)?
  private let report: @Sendable (BackupProgress) -> Void

  /// - Parameters:
  ///   - vacuum: nil leaves it alone: needles freed during the run may be gone too early.
  ///   - report: called from the thread that runs, a few times a second at most.
  public init(
    _ repository: Repository, names: any NamespaceSource, needles: any NeedleSource,
    vacuum: (any VacuumSwitch)?, _ options: BackupOptions,
    report: @escaping @Sendable (BackupProgress) -> Void = { _ in }
  ) {
    self.repository = repository
    self.names = names
    self.needles = needles
    self.vacuum = vacuum
    self.options = options
    self.report = report
  }

  /// Makes a snapshot. The caller holds the repository's lock.
  ///
  /// - Throws: before a snapshot is written, anything: what was stored is used by the next run.
  public func run(
    lock: RepositoryLock, _ context: OperationContext
  ) throws(FSError) -> BackupResult {
    let begun = Deadline.now
    try repository.store.removeLeftovers()
    let adopted = try BlobWriter.adoptPacks(of: repository)
    let repaired = try vacuum.map { (vacuum) throws(FSError) in
      try VacuumGuard.repair(vacuum, repository.store)
    }
    var snapshot = Snapshot()
    snapshot.timeNanoseconds = Timestamp.now.totalNanoseconds
    snapshot.host = HostName.current
    snapshot.program = options.program
    snapshot.cluster = options.cluster
    snapshot.filers = options.filers
    snapshot.tags = options.tags
    snapshot.leftOut = options.leftOut
    let writer = BlobWriter(repository, cluster: options.cluster)

    let held = try vacuum.map { (vacuum) throws(FSError) in
      try VacuumGuard.begin(vacuum, repository.store, context)
    }
    var progress = BackupProgress()
    var copied: (needles: UInt64, bytes: UInt64) = (0, 0)
    var newBlocks = 0
    do throws(FSError) {
      newBlocks = try readNames(&snapshot, writer, &progress, context)
      copied = try copyNeedles(&snapshot, writer, &progress, context)
    } catch {
      // What has been read is kept for the next run, as far as the store takes it.
      do throws(FSError) { try writer.finish() } catch {
        Log.debug("the last pack of a failed run is lost: \(error)")
      }
      if let trouble = endVacuum(held) { Log.error(trouble) }
      throw error
    }
    let trouble = endVacuum(held)
    progress.phase = .finishing
    report(progress)
    try writer.finish()
    try lock.verify()
    snapshot.counts.addedBytes = writer.addedBytes
    snapshot.counts.addedNeedles = copied.needles
    snapshot.counts.durationMilliseconds = (Deadline.now - begun) / 1_000_000
    let stored = try repository.writeSnapshot(snapshot)
    return BackupResult(
      stored: stored, adoptedPacks: adopted, repairedVacuum: repaired ?? false,
      needleBytes: copied.bytes, newBlocks: newBlocks, vacuumTrouble: trouble)
  }

  private func endVacuum(_ held: VacuumGuard?) -> String? {
    do throws(FSError) {
      try held?.end()
      return nil
    } catch {
      return error.description
    }
  }

  private func readNames(
    _ snapshot: inout Snapshot, _ writer: BlobWriter, _ progress: inout BackupProgress,
    _ context: OperationContext
  ) throws(FSError) -> Int {
    var leftOut: [EntryPath] = []
    for text in options.leftOut { leftOut.append(try EntryPath(normalizing: text)) }
    var reading = NamespaceReading(
      writer, leftOut: leftOut, nowSeconds: Timestamp.now.seconds)
    var nextReport = Deadline(secondsFromNow: 0.2)
    var current = progress
    let moment = try names.readAll(context) { (row) throws(FSError) in
      try reading.add(row)
      if reading.counts.rows & 1023 == 0, nextReport.hasPassed {
        current.rows = reading.counts.rows
        report(current)
        nextReport = Deadline(secondsFromNow: 0.2)
      }
    }
    try reading.finish()
    progress.rows = reading.counts.rows
    snapshot.lsn = moment.lsn
    snapshot.databaseTime = moment.databaseTime
    snapshot.blocks = reading.blocks
    snapshot.counts = reading.counts
    // Blocks have to be readable for the second half.
    try writer.finish()
    return reading.newBlocks
  }

  private func copyNeedles(
    _ snapshot: inout Snapshot, _ writer: BlobWriter, _ progress: inout BackupProgress,
    _ context: OperationContext
  ) throws(FSError) -> (needles: UInt64, bytes: UInt64) {
    progress.phase = .copyingNeedles
    progress.blocks = snapshot.blocks.count
    // Every needle of a block that stands in a whole snapshot is here: prune keeps them together.
    var known = Set<ContentID>()
    for stored in try repository.snapshots()
    where stored.snapshot.isWhole && stored.snapshot.cluster == options.cluster {
      known.formUnion(stored.snapshot.blocks)
    }
    let copier = NeedleCopier(needles, into: writer, options, context)
    do throws(FSError) {
      var plan = NeedlePlan(repository, cluster: options.cluster, copier)
      for block in snapshot.blocks {
        if known.insert(block).inserted {
          let rows = try repository.blob(block)
          try NamespaceBlock.forEachRow(rows, "block \(block.short)") { (row) throws(FSError) in
            try plan.add(row)
          }
        }
        progress.blocksDone += 1
        (progress.needles, progress.needleBytes) = copier.copied
        report(progress)
      }
      snapshot.missing = plan.missing
    } catch {
      copier.abandon(error)
      throw error
    }
    snapshot.missing += try copier.finish()
    return copier.copied
  }
}
