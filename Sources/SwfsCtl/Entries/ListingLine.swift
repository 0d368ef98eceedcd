import Glibc
import SwfsCore

/// Lines of `ls -l`, with names of users and groups of this machine.
struct ListingLine {
  private var users: [UInt32: String] = [:]
  private var groups: [UInt32: String] = [:]

  mutating func text(_ name: String, _ attributes: FileAttributes) -> String {
    let owner = Units.left(user(attributes.uid), 8)
    let group = Units.left(self.group(attributes.gid), 8)
    let size = Units.right(Self.size(attributes), 12)
    return "\(attributes.mode.listing) \(Units.right(String(attributes.linkCount), 2)) \(owner) "
      + "\(group) \(size) \(Units.text(attributes.mtime)) \(Self.printable(name))"
  }

  /// Devices show their numbers, as ls(1) does.
  private static func size(_ attributes: FileAttributes) -> String {
    switch attributes.kind {
    case .characterDevice, .blockDevice:
      let number = attributes.rdev
      return "\((number >> 8) & 0xfff), \((number & 0xff) | ((number >> 12) & 0xfff00))"
    default: return String(attributes.size)
    }
  }

  /// A name that cannot harm a terminal: control characters are shown as `\xNN`.
  static func printable(_ name: String) -> String {
    guard name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return name }
    var text: [UInt8] = []
    for byte in name.utf8 {
      guard byte < 0x20 || byte == 0x7f else {
        text.append(byte)
        continue
      }
      let hex = String(byte, radix: 16)
      text.append(contentsOf: ("\\x" + (hex.count < 2 ? "0" : "") + hex).utf8)
    }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func user(_ uid: UInt32) -> String {
    if let known = users[uid] { return known }
    let name = getpwuid(uid).map { String(cString: $0.pointee.pw_name) } ?? String(uid)
    users[uid] = name
    return name
  }

  private mutating func group(_ gid: UInt32) -> String {
    if let known = groups[gid] { return known }
    let name = getgrgid(gid).map { String(cString: $0.pointee.gr_name) } ?? String(gid)
    groups[gid] = name
    return name
  }
}
