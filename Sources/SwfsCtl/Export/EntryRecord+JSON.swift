import FoundationEssentials
import SwfsCore

/// A line of an NDJSON export, read back.
struct RecordDecoder {
  private let decoder = JSONDecoder()

  /// - Throws: `corrupt` for anything that is not such a line.
  func record(_ line: [UInt8]) throws(FSError) -> EntryRecord {
    let fields: Fields
    do { fields = try decoder.decode(Fields.self, from: Data(line)) } catch {
      throw FSError(.corrupt, "not a line of an export", causedBy: error)
    }
    let path = try EntryPath(normalizing: fields.path)
    guard let kind = FileKind(fields.type), let permissions = UInt16(fields.mode, radix: 8),
      permissions <= 0o7777
    else { throw FSError(.corrupt, "\(path): type or mode make no sense") }
    var entry = Entry(name: path.name, attributes: StoredAttributes())
    entry.attributes = fields.attributes(FileMode(kind: kind, permissions: permissions))
    entry.isDirectoryFlag = fields.directoryFlag ?? (kind == .directory)
    try fields.fill(&entry, path)
    return EntryRecord(
      path: path, entry: entry, includesChunks: fields.chunks != nil || kind != .regular)
  }
}

private struct Fields: Decodable {
  var path: String
  var type: String
  var mode: String
  var uid: UInt32
  var gid: UInt32
  var size: UInt64
  var mtime: Int64
  var mtimeNanoseconds: Int32
  var ctime: Int64
  var ctimeNanoseconds: Int32
  var atime: Int64?
  var atimeNanoseconds: Int32?
  var crtime: Int64
  var crtimeNanoseconds: Int32?
  var inode: UInt64
  var fileSize: UInt64?
  var fileMode: UInt32?
  var directoryFlag: Bool?
  var mime: String?
  var ttl: Int32?
  var target: String?
  var rdev: UInt32?
  var md5: String?
  var userName: String?
  var groupNames: [String]?
  var hardLinkID: String?
  var hardLinkCounter: Int32?
  var content: String?
  var extended: [String: String]?
  var remote: Remote?
  var quota: Int64?
  var wormNanoseconds: Int64?
  var chunks: [ChunkFields]?

  enum CodingKeys: String, CodingKey {
    case path, type, mode, uid, gid, size, mtime, ctime, atime, crtime, inode, mime, ttl, target
    case rdev, md5, content, extended, remote, quota, chunks
    case mtimeNanoseconds = "mtime_ns"
    case ctimeNanoseconds = "ctime_ns"
    case atimeNanoseconds = "atime_ns"
    case crtimeNanoseconds = "crtime_ns"
    case fileSize = "file_size"
    case fileMode = "file_mode"
    case directoryFlag = "directory_flag"
    case userName = "user_name"
    case groupNames = "group_names"
    case hardLinkID = "hard_link_id"
    case hardLinkCounter = "hard_link_counter"
    case wormNanoseconds = "worm_ns"
  }

  struct Remote: Decodable {
    var storage: String
    var synced: Int64
    var etag: String
    var mtime: Int64
    var size: Int64
    var encoding: String?

    enum CodingKeys: String, CodingKey {
      case storage, etag, mtime, size, encoding
      case synced = "synced_ns"
    }
  }

  func attributes(_ mode: FileMode) -> StoredAttributes {
    var stored = StoredAttributes()
    stored.fileMode = fileMode ?? mode.stored
    stored.fileSize = fileSize ?? size
    stored.uid = uid
    stored.gid = gid
    stored.mtime = mtime
    stored.mtimeNanoseconds = mtimeNanoseconds
    stored.ctime = ctime
    stored.ctimeNanoseconds = ctimeNanoseconds
    stored.atime = atime ?? 0
    stored.atimeNanoseconds = atimeNanoseconds ?? 0
    stored.crtime = crtime
    stored.crtimeNanoseconds = crtimeNanoseconds ?? 0
    stored.inode = inode
    stored.mime = mime ?? ""
    stored.ttlSeconds = ttl ?? 0
    stored.symlinkTarget = target ?? ""
    stored.rdev = rdev ?? 0
    stored.userName = userName ?? ""
    stored.groupNames = groupNames ?? []
    return stored
  }

  func fill(_ entry: inout Entry, _ path: EntryPath) throws(FSError) {
    func decoded(_ name: String, _ bytes: [UInt8]?) throws(FSError) -> [UInt8] {
      guard let bytes else { throw FSError(.corrupt, "\(path): \(name) does not decode") }
      return bytes
    }
    entry.attributes.md5 = try decoded("md5", Hex.bytes(md5 ?? ""))
    entry.hardLinkID = try decoded("hard_link_id", Hex.bytes(hardLinkID ?? ""))
    entry.hardLinkCounter = hardLinkCounter ?? 0
    entry.content = try decoded("content", Base64.bytes(content ?? ""))
    for (key, value) in extended ?? [:] {
      entry.extended[key] = try decoded("extended \(key)", Base64.bytes(value))
    }
    if let remote {
      entry.remote = Entry.RemoteEntry(
        storageName: remote.storage, lastLocalSyncNanoseconds: remote.synced, etag: remote.etag,
        modifiedSeconds: remote.mtime, size: remote.size, contentEncoding: remote.encoding)
    }
    entry.quota = quota ?? 0
    entry.wormEnforcedAtNanoseconds = wormNanoseconds ?? 0
    for chunk in chunks ?? [] {
      guard let chunk = chunk.chunk else {
        throw FSError(.corrupt, "\(path): a chunk makes no sense")
      }
      entry.chunks.append(chunk)
    }
  }
}

private struct ChunkFields: Decodable {
  var fid: String?
  var fidText: String?
  var offset: Int64
  var size: UInt64
  var modified: Int64
  var etag: String?
  var source: String?
  var sourceText: String?
  var cipherKey: String?
  var gzip: Bool?
  var manifest: Bool?
  var sse: Int32?
  var sseMetadata: String?

  enum CodingKeys: String, CodingKey {
    case fid, offset, size, etag, gzip, manifest, sse
    case fidText = "fid_text"
    case modified = "modified_ns"
    case source = "source_fid"
    case sourceText = "source_fid_text"
    case cipherKey = "cipher_key"
    case sseMetadata = "sse_metadata"
  }

  /// Nil when an id or bytes do not parse.
  var chunk: Chunk? {
    let id = fid.flatMap(FileID.init)
    let sourceID = source.flatMap(FileID.init)
    guard (fid == nil) == (id == nil), (source == nil) == (sourceID == nil),
      let key = Base64.bytes(cipherKey ?? ""), let metadata = Base64.bytes(sseMetadata ?? "")
    else { return nil }
    return Chunk(
      fid: id, fileIDText: fidText ?? "", offset: offset, size: size,
      modifiedNanoseconds: modified, etag: etag ?? "", sourceFID: sourceID,
      sourceFileIDText: sourceText ?? "", cipherKey: key, isCompressed: gzip ?? false,
      isManifest: manifest ?? false, sseType: sse ?? 0, sseMetadata: metadata)
  }
}
