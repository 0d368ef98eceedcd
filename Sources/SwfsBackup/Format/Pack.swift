import SwfsCore

/// A pack while it is filled. A value: whoever owns it stores the result.
struct PackBuilder {
  /// Size at which a pack is closed.
  static let targetBytes = 16 << 20

  private let seal: ObjectSeal
  private var object: [UInt8]
  private(set) var list: PackList

  init(cluster: String, _ key: RepositoryKey) throws(FSError) {
    seal = try ObjectSeal(making: .pack, key)
    object = seal.prefix
    list = PackList(cluster: cluster)
  }

  var isEmpty: Bool { list.entries.isEmpty }
  var count: Int { object.count }

  /// Appends a blob whose clear bytes have been packed already.
  mutating func add(
    _ id: ContentID, _ kind: BlobKind, packed: [UInt8], clearBytes: Int, needle: FileID?
  ) throws(FSError) {
    let frame = try seal.seal(frame: UInt64(list.entries.count), packed: packed)
    guard let offset = UInt32(exactly: object.count), let length = UInt32(exactly: frame.count),
      let bytes = UInt32(exactly: clearBytes)
    else { throw FSError(.fileTooLarge, "a pack over 4 GiB") }
    object.append(contentsOf: frame)
    list.entries.append(
      PackEntry(
        id: id, kind: kind, offset: offset, length: length, bytes: bytes, needle: needle))
  }

  /// The finished object.
  consuming func finish() throws(FSError) -> (object: [UInt8], list: PackList) {
    var writer = ByteWriter()
    list.write(to: &writer)
    let packed = try writer.bytes.withBytes { (raw) throws(FSError) in try PackedBytes.pack(raw) }
    let frame = try seal.seal(frame: PackReader.directoryFrame, packed: packed)
    guard let length = UInt32(exactly: frame.count) else {
      throw FSError(.fileTooLarge, "a pack's directory over 4 GiB")
    }
    var tail = ByteWriter()
    tail.fixed(length)
    object.append(contentsOf: frame)
    object.append(contentsOf: tail.bytes)
    return (object, list)
  }
}

/// Reading out of a pack that is in memory as a whole.
struct PackReader {
  /// Frame number of the directory, which tells how many blobs there are.
  static let directoryFrame = UInt64.max

  private let object: [UInt8]
  private let what: String
  let list: PackList

  /// Opens the directory; its place tells how many frames there are.
  ///
  /// - Throws: `corrupt`.
  init(_ object: [UInt8], _ key: RepositoryKey, _ what: String) throws(FSError) {
    self.object = object
    self.what = what
    list = try object.withBytes { (raw) throws(FSError) in
      let seal = try ObjectSeal(reading: raw, .pack, key, what)
      guard raw.count >= ObjectSeal.prefixBytes + 4 else {
        throw FSError(.corrupt, "\(what): too short")
      }
      let end = raw.count - 4
      let length = Int(UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: end, as: UInt32.self)))
      guard length <= end - ObjectSeal.prefixBytes else {
        throw FSError(.corrupt, "\(what): the directory's length makes no sense")
      }
      let sealed = UnsafeRawBufferPointer(rebasing: raw[end - length..<end])
      return try Self.directory(sealed, seal, what)
    }
  }

  /// Every blob of the pack, decrypted and compared with its id.
  ///
  /// - Throws: `corrupt` for the first one that is not what it should be; what `body` throws.
  func forEachBlob(
    _ key: RepositoryKey, _ body: (PackEntry, [UInt8]) throws(FSError) -> Void
  ) throws(FSError) {
    try object.withBytes { (raw) throws(FSError) in
      let seal = try ObjectSeal(reading: raw, .pack, key, what)
      for (number, entry) in list.entries.enumerated() {
        let (start, length) = (Int(entry.offset), Int(entry.length))
        guard start >= ObjectSeal.prefixBytes, start + length <= raw.count else {
          throw FSError(.corrupt, "\(what): blob \(entry.id.short) lies outside of the pack")
        }
        let frame = UnsafeRawBufferPointer(rebasing: raw[start..<start + length])
        try body(entry, try seal.blob(entry, number: number, frame, what))
      }
    }
  }

  private static func directory(
    _ sealed: UnsafeRawBufferPointer, _ seal: ObjectSeal, _ what: String
  ) throws(FSError) -> PackList {
    let bytes = try seal.open(frame: Self.directoryFrame, sealed, what)
    return try bytes.withBytes { (raw) throws(FSError) in
      var reader = ByteReader(raw, what)
      let list = try PackList(&reader, what)
      try reader.finish()
      return list
    }
  }
}

extension ObjectSeal {
  /// Opens a blob's frame and compares the content with the blob's id.
  ///
  /// - Throws: `corrupt`.
  func blob(
    _ entry: PackEntry, number: Int, _ frame: UnsafeRawBufferPointer, _ what: String
  ) throws(FSError) -> [UInt8] {
    let what = "\(what), blob \(entry.id.short)"
    let clear = try open(frame: UInt64(number), frame, what)
    guard clear.count == Int(entry.bytes), try ContentID(of: clear) == entry.id else {
      throw FSError(.corrupt, "\(what): the content is not what its id says")
    }
    return clear
  }
}
