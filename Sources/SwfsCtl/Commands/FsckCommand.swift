import ArgumentParser
import SwfsCluster
import SwfsCore
import SwfsPostgres

/// `swfs-ctl fsck`.
struct FsckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fsck",
    abstract: "Look for what is wrong with the namespace. Changes nothing.",
    discussion: """
      In one snapshot of the table: rows that do not decode or cannot be reached, entries whose \
      directory is gone, hard links without their shared row or with wrong counters. With --chunks \
      every server of every needle is asked too: bytes that are missing, copies that are missing, \
      needles that two files use. Each kind found is explained, with what to do about it. \
      Exit codes: 0 nothing found, 1 something found.
      """)

  @Flag(help: "Ask the volume servers for every needle; thousands a second.")
  var chunks = false

  @Flag(help: "One JSON object for each finding, one a line.")
  var json = false

  @OptionGroup var cluster: ClusterOptions

  func run() throws {
    let snapshot = try NamespaceSnapshot(try cluster.postgresSettings())
    let store = chunks ? try cluster.filers().chunkStore() : nil
    let output = ByteSink.standardOutput()
    var counts: [Finding.Kind: Int] = [:]
    let check = NamespaceCheck(snapshot: snapshot, chunks: store) { (finding) throws(FSError) in
      counts[finding.kind, default: 0] += 1
      try output.line(json ? Self.json(finding).string : Self.line(finding))
    }
    try check.run()
    if !json {
      for kind in Finding.Kind.allCases {
        guard let count = counts[kind] else { continue }
        try output.line("\(count) × \(kind.rawValue): \(kind.plan)")
      }
      if counts.isEmpty { try output.line("nothing wrong was found") }
    }
    try output.flush()
    if !counts.isEmpty { throw ExitStatus.findings }
  }

  private static func line(_ finding: Finding) -> String {
    "\(Units.left(finding.kind.rawValue, 16)) \(ListingLine.printable(finding.path))  "
      + ListingLine.printable(finding.detail)
  }

  private static func json(_ finding: Finding) -> JSONText {
    var text = JSONText()
    text.object {
      $0.field("kind", finding.kind.rawValue)
      $0.field("path", finding.path)
      $0.field("detail", finding.detail)
      $0.field("plan", finding.kind.plan)
    }
    return text
  }
}
