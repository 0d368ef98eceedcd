// Field numbers: `filer.proto` of SeaweedFS. Each `merge` reads one message into a value, which is how
// protobuf treats a message that occurs twice.

extension Entry {
  mutating func merge(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = WireReader(bytes)
    while let tag = try reader.next() {
      switch tag {
      case .bytes(1): name = EntryName(unchecked: try reader.string())
      case .varint(2): isDirectoryFlag = try reader.bool()
      case .bytes(3): chunks.append(try Chunk(decoding: try reader.slice()))
      case .bytes(4): try attributes.merge(try reader.slice())
      case .bytes(5): try mergeExtended(try reader.slice())
      case .bytes(7): hardLinkID = try reader.byteArray()
      case .varint(8): hardLinkCounter = try reader.int32()
      case .bytes(9): content = try reader.byteArray()
      case .bytes(10):
        var merged = remote ?? RemoteEntry()
        try merged.merge(try reader.slice())
        remote = merged
      case .varint(11): quota = try reader.int64()
      case .varint(12): wormEnforcedAtNanoseconds = try reader.int64()
      default: try reader.skip(tag)
      }
    }
  }

  private mutating func mergeExtended(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = WireReader(bytes)
    var key = ""
    var value: [UInt8] = []
    while let tag = try reader.next() {
      switch tag {
      case .bytes(1): key = try reader.string()
      case .bytes(2): value = try reader.byteArray()
      default: try reader.skip(tag)
      }
    }
    extended[key] = value
  }
}

extension StoredAttributes {
  mutating func merge(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = WireReader(bytes)
    while let tag = try reader.next() {
      switch tag {
      case .varint(1): fileSize = try reader.varint()
      case .varint(2): mtime = try reader.int64()
      case .varint(3): fileMode = try reader.uint32()
      case .varint(4): uid = try reader.uint32()
      case .varint(5): gid = try reader.uint32()
      case .varint(6): crtime = try reader.int64()
      case .bytes(7): mime = try reader.string()
      case .varint(10): ttlSeconds = try reader.int32()
      case .bytes(11): userName = try reader.string()
      case .bytes(12): groupNames.append(try reader.string())
      case .bytes(13): symlinkTarget = try reader.string()
      case .bytes(14): md5 = try reader.byteArray()
      case .varint(16): rdev = try reader.uint32()
      case .varint(17): inode = try reader.varint()
      case .varint(18): ctime = try reader.int64()
      case .varint(19): mtimeNanoseconds = try reader.int32()
      case .varint(20): ctimeNanoseconds = try reader.int32()
      case .varint(21): crtimeNanoseconds = try reader.int32()
      case .varint(22): atime = try reader.int64()
      case .varint(23): atimeNanoseconds = try reader.int32()
      default: try reader.skip(tag)
      }
    }
  }
}

extension Entry.RemoteEntry {
  init() {
    self.init(
      storageName: "", lastLocalSyncNanoseconds: 0, etag: "", modifiedSeconds: 0, size: 0)
  }

  mutating func merge(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = WireReader(bytes)
    while let tag = try reader.next() {
      switch tag {
      case .bytes(1): storageName = try reader.string()
      case .varint(2): lastLocalSyncNanoseconds = try reader.int64()
      case .bytes(3): etag = try reader.string()
      case .varint(4): modifiedSeconds = try reader.int64()
      case .varint(5): size = try reader.int64()
      case .bytes(6): contentEncoding = try reader.string()
      default: try reader.skip(tag)
      }
    }
  }
}

extension FileID {
  /// A `FileId` message, merged into the one that came before it, if any.
  init(merging bytes: UnsafeRawBufferPointer, into earlier: FileID?) throws(WireError) {
    self = earlier ?? FileID(volume: 0, key: 0, cookie: 0)
    var reader = WireReader(bytes)
    while let tag = try reader.next() {
      switch tag {
      case .varint(1): volume = try reader.uint32()
      case .varint(2): key = try reader.varint()
      case .fixed32(3): cookie = try reader.fixed32()
      default: try reader.skip(tag)
      }
    }
  }
}
