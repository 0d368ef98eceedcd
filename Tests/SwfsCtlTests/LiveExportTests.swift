import Glibc
import SwfsCluster
import SwfsCore
import SwfsPostgres
import Testing

@testable import SwfsCtl

/// Exports and imports on a real cluster.
@Suite(.enabled(if: LiveCluster.isThere))
struct LiveExportTests {
  /// A small tree with what is easily lost.
  private func tree(_ cluster: LiveCluster) throws {
    try cluster.makeDirectory(cluster.home.child("d"))
    try cluster.makeDirectory(cluster.home.child("d").child("empty"))
    try cluster.makeFile(cluster.home.child("d").child("größe"), Array("hello".utf8)) {
      $0.extended["xattr-user.color"] = Array("blue".utf8)
    }
    try cluster.makeFile(cluster.home.child("plain"), [UInt8](repeating: 7, count: 70_000))
    var link = LiveCluster.entry("symlink", .symlink)
    link.attributes.symlinkTarget = "d/größe"
    try cluster.filers.store.create(
      link, in: cluster.home, precondition: .absent, LiveCluster.patient)
    let fifo = LiveCluster.entry("fifo", .fifo)
    try cluster.filers.store.create(
      fifo, in: cluster.home, precondition: .absent, LiveCluster.patient)
  }

  private func export(
    _ cluster: LiveCluster, to path: String, _ format: ExportCommand.Format
  ) throws {
    let file = try ExportFile(path)
    var writer = ExportWriter(file, format: format, columns: nil, includesChunks: true)
    try TreeSource.live(try cluster.snapshot()).each(below: cluster.home) {
      (record) throws(FSError) in try writer.write(record)
    }
    try writer.end()
    try file.finish()
  }

  private func differences(
    _ cluster: LiveCluster, _ path: String
  ) throws -> [TreeDifference.Finding] {
    var difference = TreeDifference()
    var found: [TreeDifference.Finding] = []
    try TreeSource.file(path).each(below: cluster.home) { (record) throws(FSError) in
      try difference.addLeft(record.path, record.entry)
    }
    try TreeSource.live(try cluster.snapshot()).each(below: cluster.home) {
      (record) throws(FSError) in
      if let finding = try difference.compareRight(record.path, record.entry) {
        found.append(finding)
      }
    }
    #expect(difference.remaining == 0)
    return found
  }

  private func importAll(
    _ cluster: LiveCluster, _ path: String, overwrites: Bool = false
  ) throws -> [EntryPath: Importer.Outcome] {
    let importer = Importer(
      store: cluster.filers.store, chunks: cluster.chunks, overwrites: overwrites, isDryRun: false)
    var outcomes: [EntryPath: Importer.Outcome] = [:]
    try TreeSource.file(path).each(below: cluster.home) { (record) throws(FSError) in
      outcomes[record.path] = importer.take(record, objection: nil)
    }
    return outcomes
  }

  @Test(arguments: [ExportCommand.Format.ndjson, .meta])
  func removedNamesComeBackWithTheirBytes(format: ExportCommand.Format) throws {
    try withTemporaryDirectory { directory in
      let cluster = try LiveCluster()
      try tree(cluster)
      let path = directory + "/export.\(format).gz"
      try export(cluster, to: path, format)
      #expect(try differences(cluster, path).isEmpty)
      #expect(try importAll(cluster, path).values.allSatisfy { $0 == .same })
      // Names go, needles stay: what an accident with metadata looks like.
      try cluster.filers.store.delete(
        cluster.home, recursive: true, freeChunks: false, LiveCluster.patient)
      let outcomes = try importAll(cluster, path)
      #expect(outcomes.count == 7)
      #expect(outcomes.values.allSatisfy { $0 == .created })
      #expect(try differences(cluster, path).isEmpty)
      #expect(
        try cluster.contents(cluster.home.child("d").child("größe"))
          == Array("hello".utf8))
      try cluster.remove()
    }
  }

  @Test func fileWhoseBytesAreDeletedIsRefused() throws {
    try withTemporaryDirectory { directory in
      let cluster = try LiveCluster()
      let path = cluster.home.child("f")
      let entry = try cluster.makeFile(path, [1, 2, 3])
      let export = directory + "/x.ndjson"
      try self.export(cluster, to: export, .ndjson)
      try cluster.filers.store.delete(path, recursive: false, freeChunks: true, LiveCluster.patient)
      // Filers free needles in the background.
      let deadline = Deadline(secondsFromNow: 60)
      while try !cluster.chunks.presence(of: entry.chunks[0], LiveCluster.patient).isMissing {
        guard !deadline.hasPassed else {
          Issue.record("the needle is still there after a minute")
          break
        }
        pause(seconds: 0.2)
      }
      let outcome = try importAll(cluster, export)[path]
      guard case .refused = outcome else {
        Issue.record("not refused: \(String(describing: outcome))")
        return
      }
      try cluster.remove()
    }
  }

  @Test func changedFileStaysUnlessOverwritten() throws {
    try withTemporaryDirectory { directory in
      let cluster = try LiveCluster()
      let path = cluster.home.child("f")
      var entry = try cluster.makeFile(path, [1, 2, 3])
      let export = directory + "/x.ndjson"
      try self.export(cluster, to: export, .ndjson)
      entry = try cluster.filers.store.current(path, LiveCluster.patient)
      var changed = entry
      changed.attributes.mode.permissions = 0o600
      try cluster.filers.store.update(
        changed, in: cluster.home, precondition: .equal(entry), LiveCluster.patient)
      #expect(try importAll(cluster, export)[path] == .different(.mode))
      #expect(try importAll(cluster, export, overwrites: true)[path] == .replaced)
      #expect(try differences(cluster, export).isEmpty)
      try cluster.remove()
    }
  }

  @Test func renamedFileKeepsItsNeedles() throws {
    try withTemporaryDirectory { directory in
      let cluster = try LiveCluster()
      let old = cluster.home.child("old")
      let new = cluster.home.child("new")
      try cluster.makeFile(old, [1, 2, 3])
      let export = directory + "/x.ndjson"
      try self.export(cluster, to: export, .ndjson)
      try cluster.filers.store.rename(old, to: new, LiveCluster.patient)
      var owners = NeedleOwners()
      var records: [EntryRecord] = []
      try TreeSource.file(export).each(below: cluster.home) { (record) throws(FSError) in
        owners.want(record)
        records.append(record)
      }
      try cluster.snapshot().all(order: .any, LiveCluster.patient) { (row) throws(FSError) in
        if let entry = try? row.entry() { owners.see(row.path, entry) }
      }
      let record = try #require(records.first { $0.path == old })
      #expect(owners.conflict(record) == new)
      try cluster.remove()
    }
  }
}
