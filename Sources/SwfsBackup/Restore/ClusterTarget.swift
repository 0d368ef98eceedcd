public import SwfsCore

/// Restores into a cluster: contents under new file ids, entries through the filers.
public struct ClusterTarget: RestoreTarget {
  private let store: any NamespaceStore
  private let chunks: any ChunkStore

  public init(_ store: any NamespaceStore, _ chunks: any ChunkStore) {
    self.store = store
    self.chunks = chunks
  }

  public var location: String { "the cluster" }

  public func existing(
    _ path: EntryPath, _ context: OperationContext
  ) throws(FSError) -> ExistingEntry? {
    let entry: Entry
    do { entry = try store.current(path, context) } catch {
      if error.code == .notFound { return nil }
      throw error
    }
    let attributes = try entry.fileAttributes()
    return ExistingEntry(
      kind: attributes.kind, size: attributes.size, mtime: attributes.mtime, entry: entry)
  }

  public func makeDirectory(
    _ path: EntryPath, _ entry: Entry, _ content: RestoreContent, _ context: OperationContext
  ) throws(FSError) {
    // A file that S3 has promoted to a directory has content too.
    try write(path, entry, content, replacing: nil, links: nil, context)
  }

  public func finishDirectory(
    _ path: EntryPath, _ entry: Entry, _ context: OperationContext
  ) throws(FSError) {
    // Filers do not touch a directory when its children change: it was made complete.
  }

  public func write(
    _ path: EntryPath, _ entry: Entry, _ content: RestoreContent, replacing: ExistingEntry?,
    links: LinkGroup?, _ context: OperationContext
  ) throws(FSError) {
    var made = entry
    made.name = path.name
    // Not two files with one number: the original may still be there.
    made.attributes.inode = 0
    made.hardLinkID = links?.id ?? []
    made.hardLinkCounter = links?.count ?? 0
    made.chunks = try upload(content, path, entry, context)
    do throws(FSError) {
      if let old = replacing?.entry {
        try store.update(made, in: path.parent, precondition: .equal(old), context)
      } else {
        try store.create(made, in: path.parent, precondition: .absent, context)
      }
    } catch {
      // Refused for good: nobody refers to the new needles. Otherwise perhaps somebody does.
      switch error.code {
      case .exists, .preconditionFailed, .notFound, .readOnly, .isDirectory, .notDirectory:
        chunks.discard(made.chunks, context)
      default: break
      }
      throw error
    }
  }

  private func upload(
    _ content: RestoreContent, _ path: EntryPath, _ entry: Entry, _ context: OperationContext
  ) throws(FSError) -> [Chunk] {
    var uploaded: [Chunk] = []
    let placement = ChunkPlacement(path: path, ttlSeconds: entry.attributes.ttlSeconds)
    do throws(FSError) {
      for old in try content.leaves() where old.size > 0 {
        let bytes = try content.bytes(of: old)
        var new = try Array(bytes).withBytes { (raw) throws(FSError) in
          try chunks.upload(raw, placement: placement, context)
        }
        new.offset = old.offset
        new.modifiedNanoseconds = old.modifiedNanoseconds
        if old.sseType != 0 {
          guard new.cipherKey.isEmpty else {
            throw FSError(.unsupported, "SSE content in a cluster that encrypts by itself")
          }
          new.sseType = old.sseType
          new.sseMetadata = old.sseMetadata
          new.size = old.size
          new.isCompressed = old.isCompressed
        }
        uploaded.append(new)
      }
    } catch {
      chunks.discard(uploaded, context)
      throw error
    }
    return uploaded
  }
}
