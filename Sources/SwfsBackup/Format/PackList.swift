import SwfsCore

enum BlobKind: UInt8, Sendable {
  case block = 0
  case needle = 1
}

/// A blob of a pack, as the pack's directory and the indexes describe it.
struct PackEntry: Sendable, Equatable {
  var id: ContentID
  var kind: BlobKind
  /// Where its frame begins in the pack, and the frame's bytes with the tag.
  var offset: UInt32
  var length: UInt32
  /// Clear bytes.
  var bytes: UInt32
  var needle: FileID?
}

/// The directory of a pack.
struct PackList: Sendable, Equatable {
  var cluster: String
  var entries: [PackEntry] = []

  func write(to writer: inout ByteWriter) {
    writer.string(cluster)
    writer.count(entries.count)
    for entry in entries {
      writer.raw(entry.id.bytes)
      writer.byte(entry.kind.rawValue)
      writer.varint(UInt64(entry.offset))
      writer.varint(UInt64(entry.length))
      writer.varint(UInt64(entry.bytes))
      writer.byte(entry.needle == nil ? 0 : 1)
      if let needle = entry.needle { writer.needle(needle) }
    }
  }

  init(cluster: String, entries: [PackEntry] = []) {
    self.cluster = cluster
    self.entries = entries
  }

  init(_ reader: inout ByteReader, _ what: String) throws(FSError) {
    cluster = try reader.string()
    for _ in 0..<(try reader.count(itemBytes: 37)) {
      let id = try reader.contentID()
      guard let kind = BlobKind(rawValue: try reader.byte()) else {
        throw FSError(.corrupt, "\(what): a blob of unknown kind")
      }
      let offset = try reader.number(UInt32.self)
      let length = try reader.number(UInt32.self)
      let bytes = try reader.number(UInt32.self)
      let needle = try reader.byte() == 0 ? nil : try reader.needle()
      entries.append(
        PackEntry(
          id: id, kind: kind, offset: offset, length: length, bytes: bytes, needle: needle))
    }
  }
}

extension ByteWriter {
  mutating func needle(_ fid: FileID) {
    varint(UInt64(fid.volume))
    varint(fid.key)
    fixed(fid.cookie)
  }
}

extension ByteReader {
  mutating func needle() throws(FSError) -> FileID {
    let volume = try number(UInt32.self)
    let key = try varint()
    return FileID(volume: volume, key: key, cookie: try fixed(UInt32.self))
  }
}
