import SwfsCore
import SwfsFS

extension MemoryFileSystem {
  func attributes(
    _ inode: InodeID, _ context: OperationContext
  ) throws(FSError) -> InodeAttributes {
    try state.withLock { state throws(FSError) in
      InodeAttributes(
        inode: inode, attributes: try state.node(inode).attributes, validity: Self.validity)
    }
  }

  func setAttributes(
    _ inode: InodeID, handle: HandleID?, _ changes: AttributeChanges, _ context: OperationContext
  ) throws(FSError) -> InodeAttributes {
    try state.update { state throws(FSError) in
      var node = try state.node(inode)
      if let permissions = changes.permissions { node.attributes.mode.permissions = permissions }
      if let uid = changes.uid { node.attributes.uid = uid }
      if let gid = changes.gid { node.attributes.gid = gid }
      if let size = changes.size {
        guard size >= 0 else { throw FSError(.invalidArgument, "size \(size)") }
        node.resize(Int(size))
      }
      if let time = changes.atime { node.attributes.atime = time.moment }
      if let time = changes.mtime { node.attributes.mtime = time.moment }
      node.attributes.ctime = .now
      state.nodes[inode] = node
      return InodeAttributes(inode: inode, attributes: node.attributes, validity: Self.validity)
    }
  }

  func access(_ inode: InodeID, mask: Int32, _ context: OperationContext) throws(FSError) {
    let permissions = try state.withLock { state throws(FSError) in
      try state.node(inode).attributes.mode.permissions
    }
    guard context.caller.uid == 0 || Int32(permissions & 7) & mask == mask else {
      throw FSError(.accessDenied, "mask \(mask)")
    }
  }

  func getExtendedAttribute(
    _ inode: InodeID, _ name: String, _ context: OperationContext
  ) throws(FSError) -> [UInt8] {
    try state.withLock { state throws(FSError) in
      guard let value = try state.node(inode).extended[name] else { throw FSError(.noData, name) }
      return value
    }
  }

  func setExtendedAttribute(
    _ inode: InodeID, _ name: String, _ value: [UInt8], mode: ExtendedAttributeMode,
    _ context: OperationContext
  ) throws(FSError) {
    try state.update { state throws(FSError) in
      let exists = try state.node(inode).extended[name] != nil
      if mode == .create && exists { throw FSError(.exists, name) }
      if mode == .replace && !exists { throw FSError(.noData, name) }
      state.nodes[inode]?.extended[name] = value
    }
  }

  func listExtendedAttributes(
    _ inode: InodeID, _ context: OperationContext
  ) throws(FSError) -> [String] {
    try state.withLock { state throws(FSError) in try state.node(inode).extended.keys.sorted() }
  }

  func removeExtendedAttribute(
    _ inode: InodeID, _ name: String, _ context: OperationContext
  ) throws(FSError) {
    try state.update { state throws(FSError) in
      guard try state.node(inode).extended[name] != nil else { throw FSError(.noData, name) }
      state.nodes[inode]?.extended[name] = nil
    }
  }
}

extension AttributeChanges.TimeChange {
  fileprivate var moment: Timestamp {
    switch self {
    case .now: .now
    case .to(let time): time
    }
  }
}

extension MemoryFileSystem.Node {
  mutating func resize(_ size: Int) {
    if size < bytes.count { bytes.removeLast(bytes.count - size) }
    if size > bytes.count { bytes += [UInt8](repeating: 0, count: size - bytes.count) }
    attributes.size = UInt64(size)
    attributes.mtime = .now
  }
}
