import SwfsCore
import SwfsFS

extension ModelRun {
  func listDirectory() throws {
    try verify(directory: randomDirectory())
  }

  /// Everything by path, and everything through open handles.
  func verifyEverything() throws {
    for (path, node) in tree.all {
      if node.isDirectory { try verify(directory: path) }
      try verify(path, node)
    }
    for file in open where file.flags.contains(.read) {
      try expect(
        try mount.read(file.handle, at: 0, count: file.node.bytes.count + 10), file.node.bytes,
        "bytes through handle \(file.handle.number)")
    }
  }

  private func verify(directory path: EntryPath) throws {
    guard let node = tree.find(path) else { return }
    let rows = try mount.list(path, rowsAtOnce: 1 + path.string.utf8.count % 9)
    try expect(Set(rows.keys), Set(node.children.keys), "names in \(path)")
    for (name, attributes) in rows {
      guard let child = node.children[name] else { continue }
      try expect(attributes.kind, child.kind, "kind of \(name) in \(path)")
      if child.isDirectory { continue }
      try expect(Int(attributes.size), size(child), "listed size of \(name) in \(path)")
    }
  }

  private func size(_ node: ModelNode) -> Int {
    node.kind == .symlink ? node.target.utf8.count : node.bytes.count
  }

  private func verify(_ path: EntryPath, _ node: ModelNode) throws {
    try mount.with(path) { inode throws(FSError) -> Result<Void, any Error> in
      let attributes = try mount.fs.attributes(inode, mount.context).attributes
      let bytes = node.kind == .regular ? try readAll(inode, node) : nil
      let target =
        node.kind == .symlink ? try mount.fs.readSymlink(inode, mount.context) : ""
      let extended = node.kind == .symlink ? [:] : try extendedAttributes(inode)
      return Result {
        if path.isRoot { return }
        try expect(
          attributes.mode, FileMode(kind: node.kind, permissions: node.permissions),
          "mode of \(path)")
        try expect([attributes.uid, attributes.gid], [node.uid, node.gid], "owner of \(path)")
        try expect(attributes.rdev, node.rdev, "rdev of \(path)")
        if !node.isDirectory {
          try expect(Int(attributes.linkCount), node.linkCount, "links of \(path)")
          try expect(Int(attributes.size), size(node), "size of \(path)")
        }
        if let mtime = node.mtime { try expect(attributes.mtime, mtime, "mtime of \(path)") }
        if let bytes { try expect(bytes, node.bytes, "bytes of \(path)") }
        try expect(target, node.target, "target of \(path)")
        try expect(extended, node.attributes, "xattrs of \(path)")
      }
    }.get()
  }

  private func readAll(_ inode: InodeID, _ node: ModelNode) throws(FSError) -> [UInt8] {
    let handle = try mount.fs.open(inode, flags: .read, mount.context).handle
    defer { mount.fs.release(handle, flockOwner: nil) }
    return try mount.read(handle, at: 0, count: node.bytes.count + 100)
  }

  private func extendedAttributes(_ inode: InodeID) throws(FSError) -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for name in try mount.fs.listExtendedAttributes(inode, mount.context) {
      result[name] = try mount.fs.getExtendedAttribute(inode, name, mount.context)
    }
    return result
  }
}
