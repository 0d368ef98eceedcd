import SwfsCluster
import SwfsCore
import SwfsPostgres

/// Looks for what is wrong in one snapshot. Reads only.
struct NamespaceCheck {
  let snapshot: NamespaceSnapshot
  /// For the question whether needles exist; nil: not asked.
  let chunks: VolumeChunkStore?
  let report: (Finding) throws(FSError) -> Void

  private let context = OperationContext(deadline: .never)
  private let now = Timestamp.now.seconds

  /// Entries whose needles are asked for at a time.
  static let batch = 256
  static let threads = 16
  /// Rows of one kind that SQL finds, at most.
  static let sqlRowsMax = 1000

  init(
    snapshot: NamespaceSnapshot, chunks: VolumeChunkStore?,
    report: @escaping (Finding) throws(FSError) -> Void
  ) {
    self.snapshot = snapshot
    self.chunks = chunks
    self.report = report
  }

  func run() throws(FSError) {
    var links = LinkTally()
    var parents = ParentTally()
    var needles = NeedleTally()
    var waiting: [EntryRecord] = []
    var progress = Progress("entries checked", total: snapshot.moment.estimatedRows)
    try snapshot.all(order: .any, context) { (row) throws(FSError) in
      progress.advance()
      if let reason = Self.badName(row.name) {
        try report(Finding(kind: .badName, path: row.path.string, detail: reason))
      }
      let entry: Entry
      do throws(FSError) {
        entry = try row.entry()
        _ = try entry.fileAttributes()
      } catch {
        parents.add(row.directory, row.name, isDirectory: false)
        try report(
          Finding(kind: .damagedRow, path: row.path.string, detail: ErrorText.line(for: error)))
        return
      }
      let isDirectory = entry.attributes.mode.kind == .directory
      parents.add(row.directory, row.name, isDirectory: isDirectory)
      if row.isDanglingLink {
        try report(
          Finding(
            kind: .danglingLink, path: row.path.string,
            detail: "link id \(Hex.text(entry.hardLinkID))"))
      } else {
        links.add(row.path, entry)
      }
      if chunks != nil, !entry.chunks.isEmpty, !entry.hasExpired(nowSeconds: now) {
        needles.add(row.path, entry)
        waiting.append(EntryRecord(path: row.path, entry: entry, includesChunks: true))
        if waiting.count >= Self.batch {
          try askForNeedles(waiting)
          waiting = []
        }
      }
    }
    try askForNeedles(waiting)
    progress.finish()
    for finding in links.findings() { try report(finding) }
    for finding in links.unused(try linkRows()) { try report(finding) }
    try reportOrphans(parents)
    try reportUnreachable()
    try reportShared(needles)
  }

  static func badName(_ name: EntryName) -> String? {
    do throws(FSError) {
      _ = try EntryName(checking: name.string)
      return nil
    } catch {
      // Longer names are legal where a path rule allows them.
      return error.code == .nameTooLong ? nil : error.message
    }
  }

  private func askForNeedles(_ records: [EntryRecord]) throws(FSError) {
    guard let chunks, !records.isEmpty else { return }
    let findings = Concurrently.map(records, limit: Self.threads) { record in
      Self.needles(of: record, chunks)
    }
    for finding in findings.joined() { try report(finding) }
  }

  private static func needles(of record: EntryRecord, _ store: VolumeChunkStore) -> [Finding] {
    let context = OperationContext.background(seconds: 120)
    func finding(_ kind: Finding.Kind, _ detail: String) -> Finding {
      Finding(kind: kind, path: record.path.string, detail: detail)
    }
    do throws(FSError) {
      var all = record.entry.chunks
      var found: [Finding] = []
      let manifests = all.filter(\.isManifest)
      for manifest in manifests {
        // One that is missing is found below.
        if try !store.presence(of: manifest, context).holders.isEmpty {
          all += try store.expandManifests([manifest], context)
        }
      }
      for chunk in all {
        let name = chunk.fid?.description ?? chunk.fileIDText
        let presence = try store.presence(of: chunk, context)
        if presence.isMissing {
          found.append(finding(.missingChunk, "\(name) at \(chunk.offset), \(chunk.size) bytes"))
        } else if presence.holders.isEmpty {
          found.append(
            finding(
              .unknownChunk, "\(name): no answer from \(presence.silent.joined(separator: ", "))"))
        } else if !presence.lacking.isEmpty {
          found.append(
            finding(
              .lackingReplica, "\(name) is not on \(presence.lacking.joined(separator: ", "))"))
        }
      }
      return found
    } catch {
      return [finding(.unknownChunk, ErrorText.line(for: error))]
    }
  }

  /// Only hashes were kept: a second look finds the names.
  private func reportOrphans(_ parents: ParentTally) throws(FSError) {
    guard parents.hasOrphans else { return }
    var told: Set<EntryPath> = []
    try snapshot.all(order: .any, context) { (row) throws(FSError) in
      let count = parents.orphans(in: row.directory)
      guard count > 0, told.insert(row.directory).inserted else { return }
      try report(
        Finding(
          kind: .orphan, path: row.directory.string,
          detail: "\(count) entries, such as \(ListingLine.printable(row.name.string))"))
    }
  }

  private func reportShared(_ needles: NeedleTally) throws(FSError) {
    guard needles.hasShared else { return }
    try snapshot.all(order: .any, context) { (row) throws(FSError) in
      guard let entry = try? row.entry() else { return }
      for needle in needles.shared(in: entry) {
        try report(Finding(kind: .sharedNeedle, path: row.path.string, detail: needle.description))
      }
    }
  }

  /// Rows that are neither entries where filers look for them nor key-value rows.
  private func reportUnreachable() throws(FSError) {
    let rows = try snapshot.rows(
      """
      SELECT directory::text, name::text FROM filemeta
      WHERE dirhash <> ('x' || substr(md5(directory), 1, 16))::bit(64)::bigint
        AND NOT (length(directory) = 12 AND right(directory, 1) = '=')
      LIMIT \(Self.sqlRowsMax)
      """, context)
    for row in rows {
      try report(
        Finding(
          kind: .unreachableRow, path: "\(row[0] ?? "?")/\(row[1] ?? "?")",
          detail: "dirhash does not belong to the directory"))
    }
  }

  /// Ids of links, by their rows: keys of 17 bytes that end with a 1, as clients make them.
  private func linkRows() throws(FSError) -> [[UInt8]] {
    try snapshot.rows(
      """
      SELECT encode(decode(directory, 'base64') || decode(name, 'base64'), 'hex') FROM filemeta
      WHERE length(directory) = 12 AND right(directory, 1) = '=' AND length(name) = 12
        AND dirhash <> ('x' || substr(md5(directory), 1, 16))::bit(64)::bigint
        AND name ~ '^[A-Za-z0-9+/]{12}$' AND directory ~ '^[A-Za-z0-9+/]{11}=$'
      """, context
    ).compactMap { row in
      guard let id = row[0].flatMap(Hex.bytes), id.count == 17, id.last == 1 else { return nil }
      return id
    }
  }
}
