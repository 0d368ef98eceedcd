import SwfsCore

/// What `stat` shows of an entry.
struct EntryDetails {
  let path: EntryPath
  let entry: Entry
  let chunks: [Chunk]
  let places: ChunkPlaces

  func lines() throws(FSError) -> [String] {
    let attributes = try entry.fileAttributes()
    var lines = ["path       \(ListingLine.printable(path.string))"]
    func add(_ name: String, _ value: String) {
      lines.append(Units.left(name, 10) + " " + ListingLine.printable(value))
    }
    add("type", attributes.kind.word)
    add("mode", "\(attributes.mode.octal) \(attributes.mode.listing)")
    add("owner", "\(attributes.uid):\(attributes.gid)")
    add("size", "\(attributes.size) (\(Units.text(bytes: attributes.size)))")
    add("modified", Self.time(attributes.mtime))
    add("changed", Self.time(attributes.ctime))
    add("accessed", Self.time(attributes.atime))
    add("created", Self.time(Timestamp(seconds: attributes.crtimeSeconds)))
    add("links", String(attributes.linkCount))
    if !entry.hardLinkID.isEmpty { add("link id", Hex.text(entry.hardLinkID)) }
    add("inode", String(attributes.storedInode))
    if attributes.kind == .symlink { add("target", entry.attributes.symlinkTarget) }
    if attributes.kind == .characterDevice || attributes.kind == .blockDevice {
      add("device", String(attributes.rdev))
    }
    if !entry.attributes.mime.isEmpty { add("mime", entry.attributes.mime) }
    if attributes.ttlSeconds > 0 { add("ttl", "\(attributes.ttlSeconds) s") }
    if !entry.content.isEmpty { add("inline", "\(entry.content.count) bytes in the entry itself") }
    if let remote = entry.remote { add("remote", "\(remote.size) bytes at \(remote.storageName)") }
    for (key, value) in entry.extended.sorted(by: { $0.key < $1.key }) {
      add("extended", "\(key) (\(value.count) bytes)")
    }
    if !chunks.isEmpty { lines.append("chunks     \(chunks.count)") }
    for chunk in chunks { lines.append("  " + line(chunk)) }
    return lines
  }

  private func line(_ chunk: Chunk) -> String {
    let servers = places.of(chunk)
    let id = chunk.fid.map { "\($0)" } ?? "'\(chunk.fileIDText)' (no file id)"
    let marks =
      (chunk.isManifest ? " manifest" : "") + (chunk.cipherKey.isEmpty ? "" : " encrypted")
      + (chunk.isCompressed ? " gzip" : "") + (chunk.sseType == 0 ? "" : " sse")
    return "\(Units.left(id, 24)) offset \(chunk.offset) size \(chunk.size)\(marks)  "
      + (servers.isEmpty ? "ON NO SERVER" : servers.joined(separator: " "))
  }

  private static func time(_ time: Timestamp) -> String {
    let digits = String(time.nanoseconds)
    return Units.text(time) + "." + String(repeating: "0", count: 9 - digits.count) + digits
  }

  func json() throws(FSError) -> JSONText {
    var text = JSONText()
    let record = EntryRecord(path: path, entry: entry, includesChunks: false)
    let size = try entry.fileAttributes().size
    text.object { text in
      record.write(to: &text, size: size)
      text.key("chunks")
      text.array { text in
        for chunk in chunks {
          text.object { text in
            text.chunkFields(chunk)
            text.field("servers", places.of(chunk))
          }
        }
      }
    }
    return text
  }
}

/// Bytes as hexadecimal digits.
enum Hex {
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Nil for an odd number of digits and for other characters.
  static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var result: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard digits[index] != UInt8(ascii: "+"), digits[index] != UInt8(ascii: "-"),
        let byte = UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16)
      else { return nil }
      result.append(byte)
    }
    return result
  }
}
