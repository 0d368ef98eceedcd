import SwfsCore
import Synchronization

/// A POSIX access control list in the form of `system.posix_acl_access`: a version word and entries
/// of tag, permissions and id, little endian (linux/posix_acl_xattr.h).
struct ACL: Equatable {
  struct Item: Equatable {
    var tag: UInt16
    var permissions: UInt16
    var id: UInt32
  }

  static let accessName = "system.posix_acl_access"
  static let defaultName = "system.posix_acl_default"
  static let version: UInt32 = 2
  static let undefinedID = UInt32.max

  enum Tag {
    static let userObject: UInt16 = 0x01
    static let user: UInt16 = 0x02
    static let groupObject: UInt16 = 0x04
    static let group: UInt16 = 0x08
    static let mask: UInt16 = 0x10
    static let other: UInt16 = 0x20
  }

  var items: [Item]

  /// - Throws: `invalidArgument` when the bytes are no ACL.
  init(_ bytes: [UInt8]) throws(FSError) {
    guard bytes.count >= 4, (bytes.count - 4) % 8 == 0, Self.word(bytes, 0) == Self.version else {
      throw FSError(.invalidArgument, "not an ACL of version 2")
    }
    items = stride(from: 4, to: bytes.count, by: 8).map { at in
      Item(
        tag: Self.half(bytes, at), permissions: Self.half(bytes, at + 2) & 7,
        id: Self.word(bytes, at + 4))
    }
    guard items.contains(where: { $0.tag == Tag.userObject }),
      items.contains(where: { $0.tag == Tag.groupObject }),
      items.contains(where: { $0.tag == Tag.other })
    else { throw FSError(.invalidArgument, "ACL without owner, group or other") }
  }

  private static func half(_ bytes: [UInt8], _ at: Int) -> UInt16 {
    UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8
  }

  private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
    UInt32(half(bytes, at)) | UInt32(half(bytes, at + 2)) << 16
  }

  var bytes: [UInt8] {
    var result: [UInt8] = [UInt8(Self.version), 0, 0, 0]
    for item in items {
      result += [UInt8(item.tag & 0xff), UInt8(item.tag >> 8)]
      result += [UInt8(item.permissions & 0xff), UInt8(item.permissions >> 8)]
      for shift in [0, 8, 16, 24] {
        result.append(UInt8(truncatingIfNeeded: item.id >> UInt32(shift)))
      }
    }
    return result
  }

  /// Nothing that mode bits do not say already.
  var isMinimal: Bool { items.count == 3 }

  private func permissions(_ tag: UInt16) -> UInt16? {
    items.first { $0.tag == tag }?.permissions
  }

  /// The nine bits that `stat` shows for this list: the mask stands for the group.
  var modeBits: UInt16 {
    let owner = permissions(Tag.userObject) ?? 0
    let group = permissions(Tag.mask) ?? permissions(Tag.groupObject) ?? 0
    return owner << 6 | group << 3 | (permissions(Tag.other) ?? 0)
  }

  /// `chmod`: owner, mask (or group) and other follow the mode.
  mutating func setMode(_ mode: UInt16) {
    let hasMask = items.contains { $0.tag == Tag.mask }
    for index in items.indices {
      switch items[index].tag {
      case Tag.userObject: items[index].permissions = mode >> 6 & 7
      case Tag.mask: items[index].permissions = mode >> 3 & 7
      case Tag.groupObject where !hasMask: items[index].permissions = mode >> 3 & 7
      case Tag.other: items[index].permissions = mode & 7
      default: break
      }
    }
  }

  /// The access list of a new entry below a directory with this default list: each class keeps what
  /// the creator's mode asks for too.
  func inherited(mode: UInt16) -> ACL {
    var result = self
    let hasMask = items.contains { $0.tag == Tag.mask }
    for index in result.items.indices {
      switch result.items[index].tag {
      case Tag.userObject: result.items[index].permissions &= mode >> 6 & 7
      case Tag.mask: result.items[index].permissions &= mode >> 3 & 7
      case Tag.groupObject where !hasMask: result.items[index].permissions &= mode >> 3 & 7
      case Tag.other: result.items[index].permissions &= mode & 7
      default: break
      }
    }
    return result
  }
}

extension ClusterFileSystem {
  /// Permissions of a new entry: the directory's default ACL if there is one, else the umask.
  static func inheritACL(
    _ defaultACL: [UInt8]?, mode: FileMode, umask: UInt32, into entry: inout Entry
  ) -> UInt16 {
    guard let bytes = defaultACL, let list = try? ACL(bytes) else {
      return mode.permissions & ~UInt16(truncatingIfNeeded: umask & 0o777)
    }
    let access = list.inherited(mode: mode.permissions)
    if !access.isMinimal { entry.extended[ExtendedAttribute.key(ACL.accessName)] = access.bytes }
    if mode.kind == .directory { entry.extended[ExtendedAttribute.key(ACL.defaultName)] = bytes }
    return mode.permissions & 0o7000 | access.modeBits
  }

  /// Setting an access ACL sets the mode; one that says no more than the mode is not kept.
  static func applyAccessACL(_ value: [UInt8], to entry: inout Entry) throws(FSError) {
    let list = try ACL(value)
    let kept = entry.attributes.mode.permissions & 0o7000
    entry.attributes.mode.permissions = kept | list.modeBits
    entry.extended[ExtendedAttribute.key(ACL.accessName)] = list.isMinimal ? nil : value
  }

  /// `chmod` on an entry with an access ACL changes the list too.
  static func keepACLInStep(_ entry: inout Entry, permissions: UInt16?) {
    let key = ExtendedAttribute.key(ACL.accessName)
    guard let permissions, let bytes = entry.extended[key], var list = try? ACL(bytes) else {
      return
    }
    list.setMode(permissions)
    entry.extended[key] = list.bytes
  }

  /// The same for an open file, whose mode went through a commit of its attributes.
  func mirrorModeInACL(_ inode: Inode, _ context: OperationContext) throws(FSError) {
    guard core.options.usesACLs, let content = inode.content,
      content.state.withLock({ $0.base.extended[ExtendedAttribute.key(ACL.accessName)] != nil })
    else { return }
    try mutate(inode, context) { entry throws(FSError) in
      Self.keepACLInStep(&entry, permissions: entry.attributes.mode.permissions)
    }
  }
}
