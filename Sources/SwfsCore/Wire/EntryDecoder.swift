/// Turns the bytes of a `filer_pb.Entry`, as the filer stores them, into values.
///
/// Bytes that begin with the gzip magic are decompressed first. Damaged bytes are `corrupt`, never a
/// trap. Both decoders accept and refuse exactly the same bytes (apart from sizes, which only
/// attributes look at), by the rules of Go's protobuf: last value wins, messages merge, strings must
/// be UTF-8, unknown fields are skipped.
public enum EntryDecoder {
  /// What a listing needs of an entry, without building it: nothing is allocated for an ordinary file.
  ///
  /// Agrees with `Entry.fileAttributes()` in every field, the content fingerprint included.
  ///
  /// - Throws: `corrupt`, for bytes that do not decode and for sizes that cannot be.
  public static func attributes(
    of bytes: UnsafeRawBufferPointer
  ) throws(FSError) -> ListedAttributes {
    try decoding(bytes) { (clear: UnsafeRawBufferPointer) throws(WireError) in
      var scan = AttributeScan()
      try scan.read(clear)
      return scan
    }.result()
  }

  /// The whole entry as a filer's `LookupDirectoryEntry` answers it.
  ///
  /// - Parameter name: the row's name, since `meta` does not hold it; nil takes the name inside the
  ///   bytes (messages from a filer, metadata dumps).
  /// - Throws: `corrupt`.
  public static func entry(
    of bytes: UnsafeRawBufferPointer, name: EntryName?
  ) throws(FSError) -> Entry {
    try decoding(bytes) { (clear: UnsafeRawBufferPointer) throws(WireError) in
      var entry = Entry(name: name ?? "", attributes: StoredAttributes())
      try entry.merge(clear)
      if let name { entry.name = name }
      return entry
    }
  }

  /// The key of the row that holds the truth about a hard link; nil for any other entry. Looks at
  /// nothing else, so it costs little.
  ///
  /// - Throws: `corrupt`.
  public static func hardLinkID(of bytes: UnsafeRawBufferPointer) throws(FSError) -> [UInt8]? {
    try decoding(bytes) { (clear: UnsafeRawBufferPointer) throws(WireError) in
      var reader = WireReader(clear)
      var id: [UInt8] = []
      while let tag = try reader.next() {
        switch tag {
        case .bytes(7): id = try reader.byteArray()
        default: try reader.skip(tag)
        }
      }
      return id.isEmpty ? nil : id
    }
  }

  private static func decoding<R>(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(WireError) -> R
  ) throws(FSError) -> R {
    do throws(WireError) {
      guard Gunzip.isGzip(bytes) else { return try body(bytes) }
      let clear = try Gunzip.inflate(bytes)
      return try clear.withUnsafeBytesTyped(body)
    } catch {
      throw FSError("entry of \(bytes.count) bytes", error)
    }
  }
}

extension [UInt8] {
  /// `withUnsafeBytes` that keeps the error's type.
  func withUnsafeBytesTyped<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    let result: Result<R, E> = withUnsafeBytes { bytes in
      do throws(E) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
