/// Writes `filer_pb.Entry` bytes: for metadata dumps and for tests that need rows.
public enum EntryEncoder {
  /// The bytes of an entry in ascending field order, map keys sorted: equal entries give equal bytes.
  ///
  /// - Parameters:
  ///   - includesName: false gives the form of a `filemeta` row, whose name is a column.
  ///   - includesFileIDText: file ids as text beside the numbers, as filers answer them; rows have
  ///     the numbers alone.
  public static func bytes(
    of entry: Entry, includesName: Bool = false, includesFileIDText: Bool = false
  ) -> [UInt8] {
    var writer = WireWriter()
    if includesName { writer.string(1, entry.name.string) }
    writer.bool(2, entry.isDirectoryFlag)
    for chunk in entry.chunks {
      writer.message(3) { $0.write(chunk, includesFileIDText: includesFileIDText) }
    }
    writer.message(4) { $0.write(entry.attributes) }
    let sorted = entry.extended.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    for (key, value) in sorted {
      writer.message(5) {
        $0.present(1, key.utf8)
        $0.present(2, value)
      }
    }
    writer.byteArray(7, entry.hardLinkID)
    writer.int32(8, entry.hardLinkCounter)
    writer.byteArray(9, entry.content)
    if let remote = entry.remote { writer.message(10) { $0.write(remote) } }
    writer.int64(11, entry.quota)
    writer.int64(12, entry.wormEnforcedAtNanoseconds)
    return writer.bytes
  }
}

extension WireWriter {
  mutating func write(_ chunk: Chunk, includesFileIDText: Bool = false) {
    if let fid = chunk.fid {
      if includesFileIDText { string(1, fid.description) }
    } else {
      string(1, chunk.fileIDText)
    }
    int64(2, chunk.offset)
    varint(3, chunk.size)
    int64(4, chunk.modifiedNanoseconds)
    string(5, chunk.etag)
    if let source = chunk.sourceFID {
      if includesFileIDText { string(6, source.description) }
    } else {
      string(6, chunk.sourceFileIDText)
    }
    if let fid = chunk.fid { message(7) { $0.write(fid) } }
    if let source = chunk.sourceFID { message(8) { $0.write(source) } }
    byteArray(9, chunk.cipherKey)
    bool(10, chunk.isCompressed)
    bool(11, chunk.isManifest)
    int32(12, chunk.sseType)
    byteArray(13, chunk.sseMetadata)
  }

  mutating func write(_ fid: FileID) {
    uint32(1, fid.volume)
    varint(2, fid.key)
    fixed32(3, fid.cookie)
  }

  mutating func write(_ attributes: StoredAttributes) {
    varint(1, attributes.fileSize)
    int64(2, attributes.mtime)
    uint32(3, attributes.fileMode)
    uint32(4, attributes.uid)
    uint32(5, attributes.gid)
    int64(6, attributes.crtime)
    string(7, attributes.mime)
    int32(10, attributes.ttlSeconds)
    string(11, attributes.userName)
    for group in attributes.groupNames { present(12, group.utf8) }
    string(13, attributes.symlinkTarget)
    byteArray(14, attributes.md5)
    uint32(16, attributes.rdev)
    varint(17, attributes.inode)
    int64(18, attributes.ctime)
    int32(19, attributes.mtimeNanoseconds)
    int32(20, attributes.ctimeNanoseconds)
    int32(21, attributes.crtimeNanoseconds)
    int64(22, attributes.atime)
    int32(23, attributes.atimeNanoseconds)
  }

  mutating func write(_ remote: Entry.RemoteEntry) {
    string(1, remote.storageName)
    int64(2, remote.lastLocalSyncNanoseconds)
    string(3, remote.etag)
    int64(4, remote.modifiedSeconds)
    int64(5, remote.size)
    if let encoding = remote.contentEncoding { present(6, encoding.utf8) }
  }
}
