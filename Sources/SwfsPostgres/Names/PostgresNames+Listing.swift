public import SwfsCore
internal import SwfsObserve

extension PostgresNames {
  public func list(
    _ directory: EntryPath, after: EntryName?, limit: Int, _ context: OperationContext
  ) throws(FSError) -> ListingPage {
    let limit = max(limit, 1)
    let statements = try statements(context)
    let hash = try DirectoryHash.of(directory)
    let rows = try pool.fold(
      statements.page,
      [
        .int8(hash), .text(after?.string ?? ""), .text(directory.string), .int8(Int64(limit)),
      ], into: PageBuilder(directory: directory, limit: limit), context
    ) { page, row in page.add(name: row.bytes(0), meta: row.bytes(1)) }
    var pages = [rows]
    try resolveLinks(&pages, statements, context)
    return try pages[0].page()
  }

  public func list(
    many directories: [EntryPath], limitEach: Int, _ context: OperationContext
  ) throws(FSError) -> [ListingPage] {
    let limit = max(limitEach, 1)
    var pages: [ListingPage] = []
    pages.reserveCapacity(directories.count)
    while pages.count < directories.count {
      let batch = directories[pages.count...].prefix(Self.directoriesPerStatement)
      let statements = try statements(context)
      var hashes: [Int64] = []
      for directory in batch { hashes.append(try DirectoryHash.of(directory)) }
      var builders = try pool.fold(
        statements.firstPages,
        [.int8Array(hashes), .textArray(batch.map(\.string)), .int8(Int64(limit))],
        into: batch.map { PageBuilder(directory: $0, limit: limit) }, context
      ) { builders, row in
        guard let number = row.int8(0), number >= 1, number <= Int64(builders.count) else { return }
        builders[Int(number) - 1].add(name: row.bytes(1), meta: row.bytes(2))
      }
      try resolveLinks(&builders, statements, context)
      for builder in builders { pages.append(try builder.page()) }
    }
    return pages
  }

  /// Enough to make the round trip cheap, few enough to keep a statement short.
  private static let directoriesPerStatement = 100

  private func resolveLinks(
    _ pages: inout [PageBuilder], _ statements: NameStatements, _ context: OperationContext
  ) throws(FSError) {
    Metrics.namesFromPostgres.add(pages.count)
    let ids = Set(pages.flatMap { $0.links.map(\.id) })
    guard !ids.isEmpty else { return }
    let truth = try links(Array(ids), statements, context) { (bytes) throws(FSError) in
      try EntryDecoder.attributes(of: bytes)
    }
    for index in pages.indices { pages[index].resolveLinks(truth) }
  }
}
