/// The lean decoder's working state: the numbers that `stat` needs, gathered in one pass.
struct AttributeScan {
  private var mode: UInt32 = 0
  private var fileSize: UInt64 = 0
  private var mtime: Int64 = 0
  private var mtimeNanoseconds: Int32 = 0
  private var ctime: Int64 = 0
  private var ctimeNanoseconds: Int32 = 0
  private var atime: Int64 = 0
  private var atimeNanoseconds: Int32 = 0
  private var crtime: Int64 = 0
  private var uid: UInt32 = 0
  private var gid: UInt32 = 0
  private var rdev: UInt32 = 0
  private var inode: UInt64 = 0
  private var ttlSeconds: Int32 = 0
  private var symlinkBytes = 0

  private var fingerprint = ContentFingerprint()
  private var chunkEnd: UInt64 = 0
  private var absurdChunk: (offset: Int64, size: UInt64)?
  private var contentBytes = 0
  private var contentPrint: UnsafeRawBufferPointer?
  private var hardLinkID: [UInt8]?
  private var hardLinkCounter: Int32 = 0
  private var hasRemote = false
  private var remoteModified: Int64 = 0
  private var remoteSize: Int64 = 0
  private var hasXattr = false
  private var hasS3Expiry = false
  private var isS3Version = false

  mutating func read(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = WireReader(bytes)
    while let tag = try reader.next() {
      switch tag {
      case .bytes(1): _ = try reader.checkedString()
      case .bytes(3): try readChunk(try reader.slice())
      case .bytes(4): try readAttributes(try reader.slice())
      case .bytes(5): try readExtended(try reader.slice())
      case .bytes(7):
        let id = try reader.slice()
        hardLinkID = id.isEmpty ? nil : [UInt8](id)
      case .varint(8): hardLinkCounter = try reader.int32()
      case .bytes(9): contentPrint = try reader.slice()
      case .bytes(10): try readRemote(try reader.slice())
      default: try reader.skip(tag)
      }
    }
    // The order of the whole entry's fingerprint: all chunks, then the content.
    if let contentPrint, !contentPrint.isEmpty {
      contentBytes = contentPrint.count
      fingerprint.combine(bytes: contentPrint)
    }
    contentPrint = nil
  }

  /// Applies the rules of `Entry.fileAttributes()`.
  consuming func result() throws(FSError) -> ListedAttributes {
    if let absurdChunk {
      throw FSError(
        .corrupt, "chunk with offset \(absurdChunk.offset) and size \(absurdChunk.size)")
    }
    let mode = FileMode(stored: self.mode)
    var fingerprint = fingerprint
    var size = max(fileSize, chunkEnd)
    if contentBytes > 0 { size = max(UInt64(contentBytes), fileSize) }
    if hasRemote, remoteModified > mtime, remoteSize > 0 {
      size = max(size, UInt64(remoteSize))
      fingerprint.combine(UInt64(bitPattern: remoteModified))
    }
    if mode.kind == .symlink { size = UInt64(symlinkBytes) }
    guard size <= UInt64(Int64.max) else { throw FSError(.corrupt, "size \(size) is absurd") }
    fingerprint.combine(size)
    let times = AttributeTimes(
      mtime: mtime, mtimeNanoseconds: mtimeNanoseconds, ctime: ctime,
      ctimeNanoseconds: ctimeNanoseconds, atime: atime, atimeNanoseconds: atimeNanoseconds)
    let attributes = FileAttributes(
      mode: mode, uid: uid, gid: gid, size: size, mtime: times.mtime, ctime: times.ctime,
      atime: times.atime, crtimeSeconds: crtime, rdev: rdev, storedInode: inode,
      linkCount: hardLinkCounter > 0 ? UInt32(hardLinkCounter) : 1, hardLinkID: hardLinkID,
      ttlSeconds: ttlSeconds, hasExtendedAttributes: hasXattr,
      contentFingerprint: fingerprint.value)
    let lastSecond = Expiry.lastSecond(
      ttlSeconds: ttlSeconds, kind: mode.kind, crtime: crtime, mtime: mtime,
      hasS3Expiry: hasS3Expiry, isS3Version: isS3Version, hasRemote: hasRemote)
    return ListedAttributes(attributes: attributes, lastSecond: lastSecond)
  }

  private mutating func readAttributes(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = WireReader(bytes)
    while let tag = try reader.next() {
      switch tag {
      case .varint(1): fileSize = try reader.varint()
      case .varint(2): mtime = try reader.int64()
      case .varint(3): mode = try reader.uint32()
      case .varint(4): uid = try reader.uint32()
      case .varint(5): gid = try reader.uint32()
      case .varint(6): crtime = try reader.int64()
      case .varint(10): ttlSeconds = try reader.int32()
      case .bytes(7), .bytes(11), .bytes(12): _ = try reader.checkedString()
      case .bytes(13): symlinkBytes = try reader.checkedString().count
      case .varint(16): rdev = try reader.uint32()
      case .varint(17): inode = try reader.varint()
      case .varint(18): ctime = try reader.int64()
      case .varint(19): mtimeNanoseconds = try reader.int32()
      case .varint(20): ctimeNanoseconds = try reader.int32()
      case .varint(22): atime = try reader.int64()
      case .varint(23): atimeNanoseconds = try reader.int32()
      default: try reader.skip(tag)
      }
    }
  }

  private mutating func readChunk(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = WireReader(bytes)
    var offset: Int64 = 0
    var size: UInt64 = 0
    var modified: Int64 = 0
    var fid: FileID?
    var text: UnsafeRawBufferPointer?
    while let tag = try reader.next() {
      switch tag {
      case .bytes(1): text = try reader.checkedString()
      case .varint(2): offset = try reader.int64()
      case .varint(3): size = try reader.varint()
      case .varint(4): modified = try reader.int64()
      case .bytes(5), .bytes(6): _ = try reader.checkedString()
      case .bytes(7): fid = try FileID(merging: try reader.slice(), into: fid)
      case .bytes(8): _ = try FileID(merging: try reader.slice(), into: nil)
      default: try reader.skip(tag)
      }
    }
    // Rows hold numbers; text is left only by writers that the filer could not parse.
    if fid == nil, let text { fid = FileID(String(decoding: text, as: UTF8.self)) }
    let (end, overflow) = offset.addingReportingOverflow(Int64(clamping: size))
    if offset < 0 || size > UInt64(Int64.max) || overflow {
      if absurdChunk == nil { absurdChunk = (offset, size) }
      return
    }
    chunkEnd = max(chunkEnd, UInt64(end))
    fingerprint.combine(
      chunkVolume: fid?.volume ?? 0, key: fid?.key ?? 0, cookie: fid?.cookie ?? 0, offset: offset,
      size: size, modifiedNanoseconds: modified)
  }

  private mutating func readExtended(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    var reader = WireReader(bytes)
    var key = UnsafeRawBufferPointer(start: nil, count: 0)
    while let tag = try reader.next() {
      switch tag {
      case .bytes(1): key = try reader.checkedString()
      default: try reader.skip(tag)
      }
    }
    if key.starts(with: "xattr-") {
      hasXattr = true
    } else if key.elementsEqual("X-Seaweedfs-Expires-S3") {
      hasS3Expiry = true
    } else if key.elementsEqual("Seaweed-X-Amz-Version-Id") {
      isS3Version = true
    }
  }

  private mutating func readRemote(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
    hasRemote = true
    var reader = WireReader(bytes)
    while let tag = try reader.next() {
      switch tag {
      case .bytes(1), .bytes(3), .bytes(6): _ = try reader.checkedString()
      case .varint(4): remoteModified = try reader.int64()
      case .varint(5): remoteSize = try reader.int64()
      default: try reader.skip(tag)
      }
    }
  }
}
