import ArgumentParser
import SwfsCluster
import SwfsCore
import SwfsPostgres

/// `swfs-ctl stat`.
struct StatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stat",
    abstract: "Everything about one entry, down to chunks and where their copies are.",
    discussion: """
      The entry comes from the database when one is given, else from a filer. Exit code 1 when a \
      chunk is on no server, 3 when the path is not there.
      """)

  @Argument(help: "Path in the namespace.")
  var path: EntryPath

  @Flag(help: "Chunk lists inside manifests as well.")
  var manifests = false

  @Flag(help: "One JSON object.")
  var json = false

  @OptionGroup var cluster: ClusterOptions

  func run() throws {
    let context = OperationContext.background(seconds: 60)
    let filers = try cluster.filers()
    let entry: Entry
    if let settings = try cluster.optionalPostgresSettings() {
      entry = try NamespaceSnapshot(settings).entry(at: path, context)
    } else {
      entry = try filers.store.current(path, context)
    }
    var chunks = entry.chunks
    if manifests { chunks += try inner(chunks, filers, context) }
    let places = try ChunkPlaces(chunks, filers.volumes, context)
    let output = ByteSink.standardOutput()
    let view = EntryDetails(path: path, entry: entry, chunks: chunks, places: places)
    if json {
      try output.line(try view.json())
    } else {
      for line in try view.lines() { try output.line(line) }
    }
    try output.flush()
    if places.hasMissing { throw ExitStatus.findings }
  }

  /// The chunks that manifests stand for, behind the manifests themselves.
  private func inner(
    _ chunks: [Chunk], _ filers: FilerAccess, _ context: OperationContext
  ) throws(FSError) -> [Chunk] {
    let manifests = chunks.filter(\.isManifest)
    guard !manifests.isEmpty else { return [] }
    return try filers.chunkStore().expandManifests(manifests, context)
  }
}
