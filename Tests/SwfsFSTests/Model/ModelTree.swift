import SwfsCore

/// The namespace of the reference model, with the rules of POSIX: each operation either throws the
/// code that a caller must see, or has happened.
struct ModelTree {
  let root = ModelNode(.directory, permissions: 0o755)

  func find(_ path: EntryPath) -> ModelNode? {
    var node: ModelNode? = root
    for name in path.components { node = node?.children[name] }
    return node
  }

  func parent(_ path: EntryPath) -> ModelNode? { find(path.parent) }

  func make(_ path: EntryPath, _ kind: FileKind, _ permissions: UInt16) throws(FSError) -> ModelNode
  {
    guard let parent = parent(path) else { throw FSError(.notFound, "model") }
    if parent.children[path.name] != nil { throw FSError(.exists, "model") }
    let node = ModelNode(kind, permissions: permissions)
    parent.children[path.name] = node
    parent.mtime = nil
    return node
  }

  func unlink(_ path: EntryPath) throws(FSError) {
    guard let node = find(path) else { throw FSError(.notFound, "model") }
    if node.isDirectory { throw FSError(.isDirectory, "model") }
    node.linkCount -= 1
    parent(path)?.children[path.name] = nil
    parent(path)?.mtime = nil
  }

  func removeDirectory(_ path: EntryPath) throws(FSError) {
    guard let node = find(path) else { throw FSError(.notFound, "model") }
    guard node.isDirectory else { throw FSError(.notDirectory, "model") }
    guard node.children.isEmpty else { throw FSError(.notEmpty, "model") }
    parent(path)?.children[path.name] = nil
    parent(path)?.mtime = nil
  }

  func link(_ path: EntryPath, _ new: EntryPath) throws(FSError) {
    guard let node = find(path), let parent = parent(new) else {
      throw FSError(.notFound, "model")
    }
    if node.isDirectory { throw FSError(.notPermitted, "model") }
    if parent.children[new.name] != nil { throw FSError(.exists, "model") }
    node.linkCount += 1
    parent.children[new.name] = node
    parent.mtime = nil
  }

  func rename(_ path: EntryPath, _ new: EntryPath, noReplace: Bool) throws(FSError) {
    guard let node = find(path), let target = parent(new) else {
      throw FSError(.notFound, "model")
    }
    if path == new { return }
    if let existing = target.children[new.name] {
      if noReplace { throw FSError(.exists, "model") }
      if existing === node { return }
      if node.isDirectory {
        guard existing.isDirectory else { throw FSError(.notDirectory, "model") }
        guard existing.children.isEmpty else { throw FSError(.notEmpty, "model") }
      } else if existing.isDirectory {
        throw FSError(.isDirectory, "model")
      }
      existing.linkCount -= 1
    }
    if new.relative(to: path) != nil { throw FSError(.invalidArgument, "model") }
    parent(path)?.children[path.name] = nil
    parent(path)?.mtime = nil
    target.children[new.name] = node
    target.mtime = nil
  }

  /// Every path with its node, parents first.
  var all: [(path: EntryPath, node: ModelNode)] {
    var result: [(EntryPath, ModelNode)] = []
    func walk(_ path: EntryPath, _ node: ModelNode) {
      result.append((path, node))
      for (name, child) in node.children.sorted(by: { $0.key < $1.key }) {
        walk(path.appending(name), child)
      }
    }
    walk(.root, root)
    return result
  }
}
