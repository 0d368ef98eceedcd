import SwfsCore

/// An `index` object: packs with their lists, and needles whose content was there already.
struct IndexFile: Equatable {
  struct Pack: Equatable {
    var id: ContentID
    /// Bytes of the pack object.
    var size: UInt64
    var list: PackList
  }

  struct Alias: Equatable {
    var needle: FileID
    var blob: ContentID
  }

  var packs: [Pack] = []
  var aliases: [String: [Alias]] = [:]

  var isEmpty: Bool { packs.isEmpty && aliases.isEmpty }

  init() {}

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.count(packs.count)
    for pack in packs {
      writer.raw(pack.id.bytes)
      writer.varint(pack.size)
      pack.list.write(to: &writer)
    }
    writer.count(aliases.count)
    for (cluster, list) in aliases.sorted(by: { $0.key < $1.key }) {
      writer.string(cluster)
      writer.count(list.count)
      for alias in list {
        writer.needle(alias.needle)
        writer.raw(alias.blob.bytes)
      }
    }
    return writer.bytes
  }

  /// - Throws: `corrupt`.
  init(decoding bytes: [UInt8], _ what: String) throws(FSError) {
    self = try bytes.withBytes { (raw) throws(FSError) in
      var reader = ByteReader(raw, what)
      var index = IndexFile()
      for _ in 0..<(try reader.count(itemBytes: 35)) {
        let id = try reader.contentID()
        let size = try reader.varint()
        index.packs.append(Pack(id: id, size: size, list: try PackList(&reader, what)))
      }
      for _ in 0..<(try reader.count(itemBytes: 2)) {
        let cluster = try reader.string()
        var list: [Alias] = []
        for _ in 0..<(try reader.count(itemBytes: 38)) {
          let needle = try reader.needle()
          list.append(Alias(needle: needle, blob: try reader.contentID()))
        }
        index.aliases[cluster, default: []] += list
      }
      try reader.finish()
      return index
    }
  }
}
