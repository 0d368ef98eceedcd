internal import SwfsCore

/// Rows of one batch on their way to the reader: entries are told from key-value rows, and hard links
/// wait until their authoritative copies have been asked for.
struct RowBatch {
  private var lastDirectory = EntryPath.root
  private var waiting: [Waiting] = []
  private var ids: Set<[UInt8]> = []
  /// In an ordered read everything behind a waiting link waits with it.
  let isOrdered: Bool

  private struct Waiting {
    var directory: EntryPath
    var name: EntryName
    var bytes: [UInt8]
    var link: [UInt8]?
  }

  init(isOrdered: Bool) { self.isOrdered = isOrdered }

  /// Takes a row with the columns dirhash, directory, name, meta.
  mutating func take(
    _ row: PostgresRow, _ body: (NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) {
    let directory = try path(row.bytes(1), dirhash: row.int8(0) ?? 0)
    guard let directory else { return }
    try take(directory, row.bytes(2), row.bytes(3), body)
  }

  mutating func take(
    _ directory: EntryPath, _ nameBytes: UnsafeRawBufferPointer, _ meta: UnsafeRawBufferPointer,
    _ body: (NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) {
    let name = EntryName(unchecked: String(decoding: nameBytes, as: UTF8.self))
    var link: [UInt8]?
    // Damaged bytes go to the reader as they are: it reports them with their path.
    do throws(FSError) { link = try EntryDecoder.hardLinkID(of: meta) } catch { link = nil }
    if link == nil && (waiting.isEmpty || !isOrdered) {
      return try body(
        NamespaceRow(directory: directory, name: name, bytes: meta, isDanglingLink: false))
    }
    if let link { ids.insert(link) }
    waiting.append(
      Waiting(directory: directory, name: name, bytes: [UInt8](meta), link: link))
  }

  /// Hands out what waits.
  mutating func finish(
    _ values: ([[UInt8]]) throws(FSError) -> [[UInt8]: [UInt8]],
    _ body: (NamespaceRow) throws(FSError) -> Void
  ) throws(FSError) {
    guard !waiting.isEmpty else { return }
    let truths = try values(Array(ids))
    for row in waiting {
      let truth = row.link.flatMap { truths[$0] }
      try (truth ?? row.bytes).withTypedBytes { (bytes) throws(FSError) in
        try body(
          NamespaceRow(
            directory: row.directory, name: row.name, bytes: bytes,
            isDanglingLink: row.link != nil && truth == nil))
      }
    }
    waiting.removeAll(keepingCapacity: true)
    ids.removeAll(keepingCapacity: true)
  }

  /// The row's directory, or nil for a key-value row, whose directory is twelve characters of base64
  /// with a `=` at the end and is not what `dirhash` stands for.
  private mutating func path(
    _ bytes: UnsafeRawBufferPointer, dirhash: Int64
  ) throws(FSError) -> EntryPath? {
    if !bytes.elementsEqual(lastDirectory.string.utf8) {
      lastDirectory = EntryPath(unchecked: String(decoding: bytes, as: UTF8.self))
    }
    if bytes.count == 12, bytes.last == UInt8(ascii: "="),
      try DirectoryHash.of(lastDirectory) != dirhash
    {
      return nil
    }
    return lastDirectory
  }
}

extension [UInt8] {
  /// `withUnsafeBytes` that keeps the error's type.
  func withTypedBytes<R>(
    _ body: (UnsafeRawBufferPointer) throws(FSError) -> R
  ) throws(FSError) -> R {
    let result: Result<R, FSError> = withUnsafeBytes { bytes in
      do throws(FSError) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
