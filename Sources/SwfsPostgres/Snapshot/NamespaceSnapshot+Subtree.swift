public import SwfsCore

extension NamespaceSnapshot {
  /// Every entry of the table, rows of the cluster itself (`/topics`, `/etc`) included.
  ///
  /// Rows whose directory has no entry are handed out too: nothing is left out because of its place.
  ///
  /// - Throws: what `body` throws; `unavailable`, `timedOut`.
  public func all(
    order: NamespaceOrder, _ context: OperationContext,
    _ body: (NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) {
    try scan("", [], [], order, skipping: [], context, body)
  }

  /// Every entry below a directory, at any depth, without the directory itself.
  ///
  /// The subtree is walked through the index; when it turns out to be a large part of the table, the
  /// rest is taken from one scan of the table. So it never costs much more than the cheaper way.
  public func subtree(
    of root: EntryPath, order: NamespaceOrder, _ context: OperationContext,
    _ body: (NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) {
    if root.isRoot { return try all(order: order, context, body) }
    var walk = try SubtreeWalk(root: root, order: order, estimatedRows: moment.estimatedRows)
    try use(.index, context)
    while let directories = walk.next() {
      var batch = RowBatch(isOrdered: false)
      func take(_ row: NamespaceRow) throws(FSError) {
        if try !walk.take(row) { try body(row) }
      }
      try read(
        """
        SELECT d.number, f.name, f.meta
        FROM unnest($1, $2) WITH ORDINALITY AS d(dirhash, directory, number),
          LATERAL (SELECT name, meta FROM filemeta
            WHERE dirhash = d.dirhash AND directory = d.directory) f
        """, [.int8Array, .textArray],
        [.int8Array(directories.map(\.hash)), .textArray(directories.map(\.path.string))], context
      ) { (row) throws(FSError) in
        guard let number = row.int8(0), number >= 1, number <= Int64(directories.count) else {
          return
        }
        try batch.take(directories[Int(number) - 1].path, row.bytes(1), row.bytes(2), take)
      } batchEnd: { () throws(FSError) in
        try batch.finish({ (ids) throws(FSError) in try values(of: ids, context) }, take)
      }
    }
    try walk.sorted(body)
    guard walk.isUnfinished else { return }
    let inside = root.string + "/"
    try scan(
      #"WHERE directory = $1 OR (directory COLLATE "C" >= $2 AND directory COLLATE "C" < $3)"#,
      [.text, .text, .text], [.text(root.string), .text(inside), .text(root.string + "0")], order,
      skipping: walk.done, context, body)
  }

  /// - Parameter skipping: hashes of directories that have been handed out.
  private func scan(
    _ condition: String, _ types: [PostgresType], _ parameters: [PostgresParameter],
    _ order: NamespaceOrder, skipping done: Set<Int64>, _ context: OperationContext,
    _ body: (NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) {
    try use(.scan, context)
    var batch = RowBatch(isOrdered: order == .byPath)
    let sort = order == .byPath ? #"ORDER BY directory COLLATE "C", name COLLATE "C""# : ""
    try read(
      "SELECT dirhash, directory, name, meta FROM filemeta \(condition) \(sort)", types,
      parameters, context
    ) { (row) throws(FSError) in
      if !done.isEmpty, let hash = row.int8(0), done.contains(hash) { return }
      try batch.take(row, body)
    } batchEnd: { () throws(FSError) in
      try batch.finish({ (ids) throws(FSError) in try values(of: ids, context) }, body)
    }
  }

  /// The entries of one directory in byte order of names.
  public func children(
    of directory: EntryPath, _ context: OperationContext,
    _ body: (NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) {
    try use(.scan, context)
    var batch = RowBatch(isOrdered: true)
    try read(
      """
      SELECT dirhash, directory, name, meta FROM filemeta
      WHERE dirhash = $1 AND directory = $2 ORDER BY name COLLATE "C"
      """, [.int8, .text], [.int8(try DirectoryHash.of(directory)), .text(directory.string)],
      context
    ) { (row) throws(FSError) in
      try batch.take(row, body)
    } batchEnd: { () throws(FSError) in
      try batch.finish({ (ids) throws(FSError) in try values(of: ids, context) }, body)
    }
  }

  /// One entry, as `lookup` of a filer would find it; expired ones too.
  ///
  /// - Throws: `notFound`, `corrupt`.
  public func entry(
    at path: EntryPath, _ context: OperationContext
  ) throws(FSError) -> Entry {
    if path.isRoot { return PostgresNames.syntheticRoot() }
    var found: [UInt8]?
    let directory = path.parent
    try session.run(
      "SELECT meta FROM filemeta WHERE dirhash = $1 AND name = $2 AND directory = $3",
      [.int8, .text, .text],
      [.int8(try DirectoryHash.of(directory)), .text(path.name.string), .text(directory.string)],
      context
    ) { row in found = [UInt8](row.bytes(0)) }
    guard var bytes = found else { throw FSError(.notFound, "no entry \(path)") }
    let link = try bytes.withTypedBytes { (raw) throws(FSError) in
      try EntryDecoder.hardLinkID(of: raw)
    }
    if let link, let truth = try values(of: [link], context)[link] { bytes = truth }
    return try bytes.withTypedBytes { (raw) throws(FSError) in
      try NamespaceRow(
        directory: directory, name: path.name, bytes: raw, isDanglingLink: false
      ).entry()
    }
  }
}
