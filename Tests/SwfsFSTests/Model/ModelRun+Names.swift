import SwfsCore
import SwfsFS
import SwfsTestKit

extension ModelRun {
  func makeOther() throws {
    let path = randomPath()
    switch Int.random(in: 0..<4, using: &random) {
    case 0, 1:
      try both("mkdir \(path)") { () throws(FSError) in
        _ = try tree.make(path, .directory, 0o750)
      } _: { () throws(FSError) in
        try mount.with(path.parent) { parent throws(FSError) in
          mount.forgetting(
            try mount.fs.makeDirectory(parent, path.name, permissions: 0o750, mount.context))
        }
      }
    case 2:
      let target = "../target-\(Int.random(in: 0..<100, using: &random))"
      try both("symlink \(path)") { () throws(FSError) in
        try tree.make(path, .symlink, 0o777).target = target
      } _: { () throws(FSError) in
        try mount.with(path.parent) { parent throws(FSError) in
          mount.forgetting(
            try mount.fs.makeSymlink(parent, path.name, target: target, mount.context))
        }
      }
    default:
      let kind: FileKind = random.chance(percent: 50) ? .fifo : .characterDevice
      let rdev: UInt32 = kind == .fifo ? 0 : 259
      try both("mknod \(path)") { () throws(FSError) in
        try tree.make(path, kind, 0o620).rdev = rdev
      } _: { () throws(FSError) in
        try mount.with(path.parent) { parent throws(FSError) in
          mount.forgetting(
            try mount.fs.makeNode(
              parent, path.name, mode: FileMode(kind: kind, permissions: 0o620), rdev: rdev,
              mount.context))
        }
      }
    }
  }

  /// A file with several names that is open: if the name that goes is the only one its mount knows,
  /// later writes have nowhere to go and are refused (docs/SEMANTICS.md), which the model does not know.
  private func isOpenLink(_ path: EntryPath) -> Bool {
    guard let node = tree.find(path), node.linkCount > 1 else { return false }
    return open.contains { $0.node === node }
  }

  func removeName() throws {
    let path = random.chance(percent: 70) ? randomExisting { _ in true }?.path : randomPath()
    guard let path, !isOpenLink(path) else { return }
    try both("unlink \(path)") { () throws(FSError) in
      try tree.unlink(path)
    } _: { () throws(FSError) in
      try mount.with(path.parent) { parent throws(FSError) in
        try mount.fs.unlink(parent, path.name, mount.context)
      }
    }
  }

  func removeDirectory() throws {
    let path =
      random.chance(percent: 70) ? randomExisting(\.isDirectory)?.path : randomPath()
    guard let path else { return }
    try both("rmdir \(path)") { () throws(FSError) in
      try tree.removeDirectory(path)
    } _: { () throws(FSError) in
      try mount.with(path.parent) { parent throws(FSError) in
        try mount.fs.removeDirectory(parent, path.name, mount.context)
      }
    }
  }

  func renameName() throws {
    let source = random.chance(percent: 90) ? randomExisting { _ in true }?.path : randomPath()
    guard let source else { return }
    let target = randomPath()
    let noReplace = random.chance(percent: 20)
    // The kernel answers these itself.
    if source == target || source.relative(to: target) != nil { return }
    if isOpenLink(target) { return }
    try both("rename \(source) to \(target) \(noReplace ? "noreplace" : "")") {
      () throws(FSError) in
      try tree.rename(source, target, noReplace: noReplace)
    } _: { () throws(FSError) in
      try mount.with(source.parent) { parent throws(FSError) in
        try mount.with(target.parent) { newParent throws(FSError) in
          try mount.fs.rename(
            parent, source.name, to: newParent, target.name, flags: noReplace ? .noReplace : [],
            mount.context)
        }
      }
    }
  }

  func linkName() throws {
    guard let source = randomExisting({ _ in true })?.path else { return }
    let target = randomPath()
    try both("link \(source) to \(target)") { () throws(FSError) in
      try tree.link(source, target)
    } _: { () throws(FSError) in
      try mount.with(source) { inode throws(FSError) in
        try mount.with(target.parent) { parent throws(FSError) in
          mount.forgetting(try mount.fs.link(inode, parent, target.name, mount.context))
        }
      }
    }
  }

  func changeAttributes() throws {
    guard let (path, node) = randomExisting({ $0.kind != .symlink }) else { return }
    var changes = AttributeChanges()
    switch Int.random(in: 0..<3, using: &random) {
    case 0: changes.permissions = UInt16.random(in: 0...0o777, using: &random)
    case 1:
      changes.uid = UInt32.random(in: 0...70_000, using: &random)
      changes.gid = UInt32.random(in: 0...70_000, using: &random)
    default:
      changes.mtime = .to(
        Timestamp(
          seconds: Int64.random(in: 1...4_000_000_000, using: &random),
          nanoseconds: Int32.random(in: 0...999_999_999, using: &random)))
    }
    note("setattr \(path) \(changes)")
    try mount.with(path) { inode throws(FSError) in
      _ = try mount.fs.setAttributes(inode, handle: nil, changes, mount.context)
    }
    if let permissions = changes.permissions { node.permissions = permissions }
    if let uid = changes.uid { node.uid = uid }
    if let gid = changes.gid { node.gid = gid }
    if case .to(let time)? = changes.mtime { node.mtime = time }
  }

  func changeExtendedAttributes() throws {
    guard let (path, node) = randomExisting({ $0.kind == .regular || $0.isDirectory }) else {
      return
    }
    let name = ["user.a", "user.b", "trusted.c"][Int.random(in: 0..<3, using: &random)]
    if random.chance(percent: 30) {
      try both("removexattr \(path) \(name)") { () throws(FSError) in
        if node.attributes.removeValue(forKey: name) == nil { throw FSError(.noData, "model") }
      } _: { () throws(FSError) in
        try mount.with(path) { inode throws(FSError) in
          try mount.fs.removeExtendedAttribute(inode, name, mount.context)
        }
      }
      return
    }
    let modes: [ExtendedAttributeMode] = [.any, .create, .replace]
    let mode = modes[Int.random(in: 0..<3, using: &random)]
    let value = random.bytes(count: Int.random(in: 0...40, using: &random))
    try both("setxattr \(path) \(name) \(mode)") { () throws(FSError) in
      let isThere = node.attributes[name] != nil
      if mode == .create && isThere { throw FSError(.exists, "model") }
      if mode == .replace && !isThere { throw FSError(.noData, "model") }
      node.attributes[name] = value
    } _: { () throws(FSError) in
      try mount.with(path) { inode throws(FSError) in
        try mount.fs.setExtendedAttribute(inode, name, value, mode: mode, mount.context)
      }
    }
  }
}
