public import SwfsCore

/// A row of `filemeta` exactly as it stands in the table, key-value rows included.
public struct RawRow: Sendable {
  public var dirhash: Int64
  public var directory: [UInt8]
  public var name: [UInt8]
  public var meta: [UInt8]
}

extension NamespaceSnapshot {
  /// Every row of the table in the order of its primary key: for backups, which keep rows as they
  /// are.
  ///
  /// - Throws: what `body` throws; `unavailable`, `timedOut`; `corrupt` for a row without a hash.
  public func rawRows(
    _ context: OperationContext, _ body: (RawRow) throws(FSError) -> Void
  ) throws(FSError) {
    // The key's own index gives the order without a sort, whatever the collation.
    try use(.index, context)
    try read(
      "SELECT dirhash, directory, name, meta FROM filemeta ORDER BY dirhash, name", [], [], context
    ) { (row) throws(FSError) in
      guard let dirhash = row.int8(0) else {
        throw FSError(.corrupt, "a row of filemeta without dirhash")
      }
      try body(
        RawRow(
          dirhash: dirhash, directory: [UInt8](row.bytes(1)), name: [UInt8](row.bytes(2)),
          meta: [UInt8](row.bytes(3))))
    } batchEnd: { () throws(FSError) in
    }
  }
}
