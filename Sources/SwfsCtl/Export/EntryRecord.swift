import SwfsCore

/// An entry with its path: a line of an export. Everything that a filer keeps has a field, so that an
/// import makes the same entry again; fields with their usual value are left out.
struct EntryRecord: Equatable, Sendable {
  var path: EntryPath
  var entry: Entry
  /// Without chunks a record describes a file but cannot bring it back.
  var includesChunks: Bool

  /// - Parameter size: the size that `stat` shows.
  func write(to json: inout JSONText, size: UInt64) {
    let stored = entry.attributes
    let mode = stored.mode
    json.field("path", path.string)
    json.field("type", mode.kind.word)
    json.field("mode", mode.octal)
    json.field("uid", stored.uid)
    json.field("gid", stored.gid)
    json.field("size", size)
    json.field("mtime", stored.mtime)
    json.field("mtime_ns", stored.mtimeNanoseconds)
    json.field("links", entry.hardLinkCounter > 0 ? entry.hardLinkCounter : 1)
    json.field("ctime", stored.ctime)
    json.field("ctime_ns", stored.ctimeNanoseconds)
    if stored.atime != 0 || stored.atimeNanoseconds != 0 {
      json.field("atime", stored.atime)
      json.field("atime_ns", stored.atimeNanoseconds)
    }
    json.field("crtime", stored.crtime)
    if stored.crtimeNanoseconds != 0 { json.field("crtime_ns", stored.crtimeNanoseconds) }
    json.field("inode", stored.inode)
    if stored.fileSize != size { json.field("file_size", stored.fileSize) }
    if mode.stored != stored.fileMode { json.field("file_mode", stored.fileMode) }
    if entry.isDirectoryFlag != (mode.kind == .directory) {
      json.field("directory_flag", entry.isDirectoryFlag)
    }
    writeRareFields(to: &json)
    if includesChunks && (mode.kind == .regular || !entry.chunks.isEmpty) {
      json.key("chunks")
      json.array { json in
        for chunk in entry.chunks { json.object { $0.chunkFields(chunk) } }
      }
    }
  }

  private func writeRareFields(to json: inout JSONText) {
    let stored = entry.attributes
    json.field("mime", ifAny: stored.mime)
    if stored.ttlSeconds != 0 { json.field("ttl", stored.ttlSeconds) }
    json.field("target", ifAny: stored.symlinkTarget)
    if stored.rdev != 0 { json.field("rdev", stored.rdev) }
    json.field("md5", ifAny: Hex.text(stored.md5))
    json.field("user_name", ifAny: stored.userName)
    if !stored.groupNames.isEmpty { json.field("group_names", stored.groupNames) }
    json.field("hard_link_id", ifAny: Hex.text(entry.hardLinkID))
    if entry.hardLinkCounter != 0 { json.field("hard_link_counter", entry.hardLinkCounter) }
    json.field("content", ifAny: Base64.text(entry.content))
    if !entry.extended.isEmpty {
      json.key("extended")
      json.object { json in
        for (key, value) in entry.extended.sorted(by: { $0.key < $1.key }) {
          json.field(key, Base64.text(value))
        }
      }
    }
    if let remote = entry.remote {
      json.key("remote")
      json.object { json in
        json.field("storage", remote.storageName)
        json.field("synced_ns", remote.lastLocalSyncNanoseconds)
        json.field("etag", remote.etag)
        json.field("mtime", remote.modifiedSeconds)
        json.field("size", remote.size)
        if let encoding = remote.contentEncoding { json.field("encoding", encoding) }
      }
    }
    if entry.quota != 0 { json.field("quota", entry.quota) }
    if entry.wormEnforcedAtNanoseconds != 0 {
      json.field("worm_ns", entry.wormEnforcedAtNanoseconds)
    }
  }
}

extension JSONText {
  /// Fields of one chunk.
  mutating func chunkFields(_ chunk: Chunk) {
    if let fid = chunk.fid {
      field("fid", fid.description)
    } else {
      field("fid_text", chunk.fileIDText)
    }
    field("offset", chunk.offset)
    field("size", chunk.size)
    field("modified_ns", chunk.modifiedNanoseconds)
    field("etag", ifAny: chunk.etag)
    if let source = chunk.sourceFID { field("source_fid", source.description) }
    field("source_fid_text", ifAny: chunk.sourceFileIDText)
    field("cipher_key", ifAny: Base64.text(chunk.cipherKey))
    if chunk.isCompressed { field("gzip", true) }
    if chunk.isManifest { field("manifest", true) }
    if chunk.sseType != 0 { field("sse", chunk.sseType) }
    field("sse_metadata", ifAny: Base64.text(chunk.sseMetadata))
  }
}
