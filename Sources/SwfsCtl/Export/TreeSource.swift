import SwfsCore
import SwfsPostgres

/// One side of a comparison: an export, or the live namespace.
enum TreeSource {
  case file(String)
  case live(NamespaceSnapshot)

  /// Hands out every entry at or below `root`. Can be repeated, except for standard input.
  func each(
    below root: EntryPath, _ body: (EntryRecord) throws(FSError) -> Void
  ) throws(FSError) {
    switch self {
    case .file(let path):
      let reader = try RecordReader(path)
      while let record = try reader.next() {
        if record.path.isRoot || record.path.relative(to: root) == nil { continue }
        try body(record)
      }
    case .live(let snapshot):
      let now = Timestamp.now.seconds
      let context = OperationContext(deadline: .never)
      if !root.isRoot {
        do throws(FSError) {
          let entry = try snapshot.entry(at: root, context)
          if entry.hasExpired(nowSeconds: now) { return }
          try body(EntryRecord(path: root, entry: entry, includesChunks: true))
        } catch  where error.code == .notFound {
          return
        }
      }
      try snapshot.subtree(of: root, order: .any, context) { (row) throws(FSError) in
        let entry = try row.entry()
        if entry.hasExpired(nowSeconds: now) { return }
        try body(EntryRecord(path: row.path, entry: entry, includesChunks: true))
      }
    }
  }
}
