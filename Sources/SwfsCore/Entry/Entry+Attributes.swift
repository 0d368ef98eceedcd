extension Entry {
  /// The attributes that `stat` shows, by the rules of the filer and of weed mount.
  ///
  /// - Throws: `corrupt` for sizes that cannot be: an offset below zero, or more than 2^63−1 bytes.
  public func fileAttributes() throws(FSError) -> FileAttributes {
    let stored = attributes
    let mode = FileMode(stored: stored.fileMode)
    var fingerprint = ContentFingerprint()
    var size = stored.fileSize
    for chunk in chunks {
      guard let end = chunk.end else {
        throw FSError(.corrupt, "chunk with offset \(chunk.offset) and size \(chunk.size)")
      }
      size = max(size, UInt64(end))
      let fid = chunk.fid ?? FileID(volume: 0, key: 0, cookie: 0)
      fingerprint.combine(
        chunkVolume: fid.volume, key: fid.key, cookie: fid.cookie, offset: chunk.offset,
        size: chunk.size, modifiedNanoseconds: chunk.modifiedNanoseconds)
    }
    if !content.isEmpty {
      size = max(UInt64(content.count), stored.fileSize)
      fingerprint.combine(bytes: content)
    }
    if let remote, remote.modifiedSeconds > stored.mtime, remote.size > 0 {
      size = max(size, UInt64(remote.size))
      fingerprint.combine(UInt64(bitPattern: remote.modifiedSeconds))
    }
    if mode.kind == .symlink { size = UInt64(stored.symlinkTarget.utf8.count) }
    guard size <= UInt64(Int64.max) else { throw FSError(.corrupt, "size \(size) is absurd") }
    fingerprint.combine(size)
    let times = AttributeTimes(stored)
    return FileAttributes(
      mode: mode, uid: stored.uid, gid: stored.gid, size: size, mtime: times.mtime,
      ctime: times.ctime, atime: times.atime, crtimeSeconds: stored.crtime, rdev: stored.rdev,
      storedInode: stored.inode, linkCount: hardLinkCounter > 0 ? UInt32(hardLinkCounter) : 1,
      hardLinkID: hardLinkID.isEmpty ? nil : hardLinkID, ttlSeconds: stored.ttlSeconds,
      hasExtendedAttributes: extended.keys.contains { $0.utf8.starts(with: "xattr-".utf8) },
      contentFingerprint: fingerprint.value)
  }
}

/// The three times of `stat` out of the stored ones.
///
/// Older and HTTP writers leave ctime at 0 or at Go's zero time (year 1), and atime at 0: mtime then.
public struct AttributeTimes: Sendable {
  public let mtime: Timestamp
  public let ctime: Timestamp
  public let atime: Timestamp

  /// Go's `time.Time{}` in unix seconds.
  public static let goZeroSeconds: Int64 = -62_135_596_800

  public init(_ stored: StoredAttributes) {
    self.init(
      mtime: stored.mtime, mtimeNanoseconds: stored.mtimeNanoseconds, ctime: stored.ctime,
      ctimeNanoseconds: stored.ctimeNanoseconds, atime: stored.atime,
      atimeNanoseconds: stored.atimeNanoseconds)
  }

  public init(
    mtime: Int64, mtimeNanoseconds: Int32, ctime: Int64, ctimeNanoseconds: Int32, atime: Int64,
    atimeNanoseconds: Int32
  ) {
    self.mtime = Timestamp(seconds: mtime, nanoseconds: mtimeNanoseconds)
    let ctimeMissing = ctime == 0 || ctime <= Self.goZeroSeconds
    self.ctime =
      ctimeMissing ? self.mtime : Timestamp(seconds: ctime, nanoseconds: ctimeNanoseconds)
    self.atime = atime == 0 ? self.mtime : Timestamp(seconds: atime, nanoseconds: atimeNanoseconds)
  }
}
