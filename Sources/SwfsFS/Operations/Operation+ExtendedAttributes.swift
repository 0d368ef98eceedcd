public import SwfsCore
import Synchronization

/// Extended attributes are kept in the entry's `extended` map under `xattr-` + name, as weed mount does.
enum ExtendedAttribute {
  static let prefix = "xattr-"
  static let nameBytesMax = 255
  static let valueBytesMax = 65_536

  static func key(_ name: String) -> String { prefix + name }

  /// - Throws: `unsupported` outside the namespaces that Linux knows, `outOfRange` for a long name.
  static func check(_ name: String) throws(FSError) {
    guard name.utf8.count <= nameBytesMax else { throw FSError(.outOfRange, "name too long") }
    for space in ["user.", "trusted.", "security.", "system.posix_acl_"]
    where name.utf8.starts(with: space.utf8) {
      return
    }
    throw FSError(.unsupported, "extended attribute namespace of \(name)")
  }
}

extension ClusterFileSystem {
  public func getExtendedAttribute(
    _ inode: InodeID, _ name: String, _ context: OperationContext
  ) throws(FSError) -> [UInt8] {
    try checkName(name)
    let inode = try core.inode(inode)
    let isKnownEmpty = inode.state.withLock { $0.hasNoExtendedAttributes && $0.content == nil }
    let extended = isKnownEmpty && core.hearsOthers ? [:] : try extendedMap(inode, context)
    if let value = extended[ExtendedAttribute.key(name)] { return value }
    if name == "security.selinux" {
      // "Not here at all" lets `ls` stop asking, once for the whole file system.
      throw FSError(.unsupported, "no security label")
    }
    throw FSError(.noData, "no attribute \(name)")
  }

  public func listExtendedAttributes(
    _ inode: InodeID, _ context: OperationContext
  ) throws(FSError) -> [String] {
    if core.options.disablesExtendedAttributes { return [] }
    return try extendedMap(core.inode(inode), context).keys
      .filter { $0.utf8.starts(with: ExtendedAttribute.prefix.utf8) }
      .map { String($0.dropFirst(ExtendedAttribute.prefix.count)) }
      .sorted()
  }

  public func setExtendedAttribute(
    _ inode: InodeID, _ name: String, _ value: [UInt8], mode: ExtendedAttributeMode,
    _ context: OperationContext
  ) throws(FSError) {
    try refuseIfReadOnly()
    try checkName(name)
    guard value.count <= ExtendedAttribute.valueBytesMax else {
      throw FSError(.argumentTooBig, "value of \(value.count) bytes")
    }
    let key = ExtendedAttribute.key(name)
    try changeExtended(core.inode(inode), context) { entry throws(FSError) in
      switch mode {
      case .create where entry.extended[key] != nil:
        throw FSError(.exists, "attribute \(name) exists")
      case .replace where entry.extended[key] == nil:
        throw FSError(.noData, "no attribute \(name)")
      default: break
      }
      if name == ACL.accessName {
        try Self.applyAccessACL(value, to: &entry)
      } else {
        entry.extended[key] = value
      }
    }
  }

  public func removeExtendedAttribute(
    _ inode: InodeID, _ name: String, _ context: OperationContext
  ) throws(FSError) {
    try refuseIfReadOnly()
    try checkName(name)
    let key = ExtendedAttribute.key(name)
    try changeExtended(core.inode(inode), context) { entry throws(FSError) in
      guard entry.extended.removeValue(forKey: key) != nil else {
        throw FSError(.noData, "no attribute \(name)")
      }
    }
  }

  private func checkName(_ name: String) throws(FSError) {
    if core.options.disablesExtendedAttributes {
      throw FSError(.unsupported, "extended attributes are switched off")
    }
    if !core.options.usesACLs, name.utf8.starts(with: "system.posix_acl_".utf8) {
      throw FSError(.unsupported, "ACLs are switched off")
    }
    try ExtendedAttribute.check(name)
  }

  private func extendedMap(
    _ inode: Inode, _ context: OperationContext
  ) throws(FSError) -> [String: [UInt8]] {
    if let content = inode.content {
      let mayBeOld = !core.hearsOthers
      let local = content.state.withLock { state -> [String: [UInt8]]? in
        // An open file's entry is known unless somebody changed it: the kernel asks for
        // `security.capability` before every write, which must not cost a query each.
        state.isStored && !state.isUnlinked && (state.needsRefresh || mayBeOld)
          ? nil : state.base.extended
      }
      if let local { return local }
    }
    return try core.row(of: inode, context).extended
  }

  private func changeExtended(
    _ inode: Inode, _ context: OperationContext,
    _ change: (inout Entry) throws(FSError) -> Void
  ) throws(FSError) {
    inode.state.withLock { $0.hasNoExtendedAttributes = false }
    if let content = inode.content {
      let isLocal = try content.state.update { (state) throws(FSError) -> Bool in
        guard !state.isStored || state.isUnlinked else { return false }
        try change(&state.base)
        state.delta.ctime = .now
        return true
      }
      if isLocal { return }
      // Local changes first: afterwards the entry that is changed is the one known here.
      try content.commit(context)
    }
    try mutate(inode, context) { entry throws(FSError) in
      try change(&entry)
      AttributeDelta.changeTime(&entry)
    }
    // A lookup that read the row before this change must not say afterwards that there are none.
    if let parent = core.table.parent(of: inode.id).flatMap({ core.table.inode($0) }) {
      parent.noteChange()
    }
    inode.forgetRow()
  }
}
