import SwfsCore

/// A column of a CSV export, and what `--columns` takes from NDJSON.
enum Column: String, CaseIterable {
  case path, directory, name, type, mode, uid, gid, size, mtime, ctime, atime, crtime
  case inode, links, mime, ttl, target, chunks, fids, md5, extended

  static let standard: [Column] = [.path, .type, .mode, .uid, .gid, .size, .mtime, .links]

  static var list: String { allCases.map(\.rawValue).joined(separator: ",") }

  enum Value {
    case text(String)
    case number(UInt64)
  }

  func value(_ path: EntryPath, _ entry: Entry, _ attributes: FileAttributes) -> Value {
    switch self {
    case .path: .text(path.string)
    case .directory: .text(path.parent.string)
    case .name: .text(path.name.string)
    case .type: .text(attributes.kind.word)
    case .mode: .text(attributes.mode.octal)
    case .uid: .number(UInt64(attributes.uid))
    case .gid: .number(UInt64(attributes.gid))
    case .size: .number(attributes.size)
    case .mtime: .text(Self.time(attributes.mtime))
    case .ctime: .text(Self.time(attributes.ctime))
    case .atime: .text(Self.time(attributes.atime))
    case .crtime: .text(Self.time(Timestamp(seconds: attributes.crtimeSeconds)))
    case .inode: .number(attributes.storedInode)
    case .links: .number(UInt64(attributes.linkCount))
    case .mime: .text(entry.attributes.mime)
    case .ttl: .number(UInt64(max(0, attributes.ttlSeconds)))
    case .target: .text(entry.attributes.symlinkTarget)
    case .chunks: .number(UInt64(entry.chunks.count))
    case .fids:
      .text(entry.chunks.map { $0.fid?.description ?? $0.fileIDText }.joined(separator: " "))
    case .md5: .text(Hex.text(entry.attributes.md5))
    case .extended: .text(entry.extended.keys.sorted().joined(separator: " "))
    }
  }

  /// `2026-11-26T05:12:21.123456789Z`.
  private static func time(_ time: Timestamp) -> String {
    let digits = String(time.nanoseconds)
    return Units.utc(time).dropLast() + "." + String(repeating: "0", count: 9 - digits.count)
      + digits + "Z"
  }
}

/// RFC 4180, with plain line feeds.
enum CSV {
  static func line(_ values: [String]) -> String {
    values.map(field).joined(separator: ",") + "\n"
  }

  static func field(_ text: String) -> String {
    let isPlain = !text.utf8.contains { $0 == 0x22 || $0 == 0x2c || $0 == 0x0a || $0 == 0x0d }
    return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
