import SwfsCore
import SwfsFS
import SwfsTestKit

extension ModelRun {
  /// One random operation.
  func step() throws {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<12: try createFile()
    case 12..<17: try openFile()
    case 17..<35: try writeFile()
    case 35..<43: try readFile()
    case 43..<47: try truncateFile()
    case 47..<50: try allocateFile()
    case 50..<52: try seekFile()
    case 52..<54: try copyBetweenFiles()
    case 54..<57: try syncFile()
    case 57..<63: try closeFile()
    case 63..<67: try makeOther()
    case 67..<72: try removeName()
    case 72..<75: try removeDirectory()
    case 75..<82: try renameName()
    case 82..<86: try linkName()
    case 86..<90: try changeAttributes()
    case 90..<94: try changeExtendedAttributes()
    case 94..<97: try listDirectory()
    case 97: try changeTurn()
    case 98:
      note("verify")
      try verifyEverything()
    default: if random.chance(percent: 30) { try remount() }
    }
  }

  private func createFile() throws {
    let path = randomPath()
    if let node = tree.find(path), node.kind != .regular { return }
    var flags: OpenFlags = [.read, .write]
    if random.chance(percent: 30) { flags.insert(.exclusive) }
    if random.chance(percent: 30) { flags.insert(.truncate) }
    if random.chance(percent: 20) { flags.insert(.append) }
    let permissions: UInt16 = random.chance(percent: 50) ? 0o644 : 0o600
    let result = try both("create \(path) \(flags.rawValue)") { () throws(FSError) -> ModelNode in
      if let node = tree.find(path) {
        if flags.contains(.exclusive) { throw FSError(.exists, "model") }
        if flags.contains(.truncate) { node.resize(0) }
        return node
      }
      return try tree.make(path, .regular, permissions)
    } _: { () throws(FSError) -> (FoundInode, OpenedFile) in
      try mount.with(path.parent) { parent throws(FSError) in
        try mount.fs.create(
          parent, path.name, permissions: permissions, flags: flags, mount.context)
      }
    }
    guard let (node, (found, opened)) = result else { return }
    open.append(Open(node: node, inode: found.inode, handle: opened.handle, flags: flags))
  }

  private func openFile() throws {
    guard let (path, node) = randomExisting({ $0.kind == .regular }) else { return }
    let flags: OpenFlags =
      switch Int.random(in: 0..<4, using: &random) {
      case 0: [.read]
      case 1: [.read, .write, .append]
      case 2: [.read, .write, .truncate]
      default: [.read, .write]
      }
    note("open \(path) \(flags.rawValue)")
    // The reference that the kernel keeps for an open file.
    var inode = InodeID.root
    for name in path.components {
      let next = try mount.fs.lookup(inode, name, mount.context).inode
      if inode != .root { mount.fs.forget(inode, count: 1) }
      inode = next
    }
    let opened = try mount.fs.open(inode, flags: flags, mount.context)
    if flags.contains(.truncate) { node.resize(0) }
    open.append(Open(node: node, inode: inode, handle: opened.handle, flags: flags))
  }

  private func writeFile() throws {
    guard let file = randomOpen(.write) else { return }
    let isAppend = file.flags.contains(.append)
    let offset = isAppend ? file.node.bytes.count : randomOffset(file.node)
    let data = random.bytes(count: randomLength())
    note("write \(file.handle.number) \(offset)+\(data.count)")
    try mount.write(file.handle, data, at: offset)
    file.node.write(data, at: offset)
  }

  private func readFile() throws {
    guard let file = randomOpen(.read) else { return }
    let offset = randomOffset(file.node)
    let count = randomLength()
    note("read \(file.handle.number) \(offset)+\(count)")
    try expect(
      try mount.read(file.handle, at: offset, count: count),
      file.node.read(at: offset, count: count), "bytes read")
  }

  private func truncateFile() throws {
    var changes = AttributeChanges()
    if random.chance(percent: 50), let file = randomOpen(.write) {
      let size = randomOffset(file.node)
      changes.size = Int64(size)
      note("ftruncate \(file.handle.number) \(size)")
      let after = try mount.fs.setAttributes(
        file.inode, handle: file.handle, changes, mount.context)
      try expect(Int(after.attributes.size), size, "size after ftruncate")
      file.node.resize(size)
    } else if let (path, node) = randomExisting({ $0.kind == .regular }) {
      let size = randomOffset(node)
      changes.size = Int64(size)
      note("truncate \(path) \(size)")
      try mount.with(path) { inode throws(FSError) in
        _ = try mount.fs.setAttributes(inode, handle: nil, changes, mount.context)
      }
      node.resize(size)
    }
  }

  private func allocateFile() throws {
    guard let file = randomOpen(.write) else { return }
    let offset = randomOffset(file.node)
    let length = randomLength() + 1
    let mode: Int32 = [0, 1, 3, 0x10, 0x11][Int.random(in: 0..<5, using: &random)]
    note("allocate \(file.handle.number) mode \(mode) \(offset)+\(length)")
    try mount.fs.allocate(
      file.handle, mode: mode, offset: Int64(offset), length: Int64(length), mount.context)
    if mode & 1 == 0 { file.node.resize(max(file.node.bytes.count, offset + length)) }
    if mode & 0x12 != 0 { file.node.zero(offset..<offset + length) }
    file.node.mtime = nil
  }

  private func seekFile() throws {
    guard let file = randomOpen(.read) else { return }
    let offset = randomOffset(file.node)
    let bytes = file.node.bytes
    for whence in [3, 4] as [Int32] {
      note("seek \(file.handle.number) \(whence) \(offset)")
      let result = outcome { () throws(FSError) -> Int64 in
        try mount.fs.seek(file.handle, offset: Int64(offset), whence: whence, mount.context)
      }
      switch result {
      case .success(let found): try checkSeek(bytes, offset, whence, Int(found))
      case .failure(let error):
        try expect(error.code, .noSuchOffset, "seek")
        if offset >= bytes.count { continue }
        try expect(whence, 3, "whence that found nothing")
        try expect(bytes[offset...].allSatisfy { $0 == 0 }, true, "no data from \(offset) on")
      }
    }
  }

  private func checkSeek(_ bytes: [UInt8], _ offset: Int, _ whence: Int32, _ found: Int) throws {
    guard offset < bytes.count, found >= offset, found <= bytes.count else {
      throw fail("seek \(whence) from \(offset) of \(bytes.count) gave \(found)")
    }
    if whence == 3 {
      try expect(bytes[offset..<found].allSatisfy { $0 == 0 }, true, "SEEK_DATA skipped no data")
    } else if found < bytes.count {
      try expect(bytes[found], 0, "the byte that SEEK_HOLE found")
    }
  }

  private func copyBetweenFiles() throws {
    guard let source = randomOpen(.read), let target = randomOpen(.write),
      source.node !== target.node, !target.flags.contains(.append)
    else { return }
    let offset = randomOffset(source.node)
    let targetOffset = randomOffset(target.node)
    let length = randomLength()
    note("copy \(source.handle.number) \(offset)+\(length) to \(target.handle.number)")
    let copied = try mount.fs.copyRange(
      from: source.handle, offset: Int64(offset), to: target.handle,
      targetOffset: Int64(targetOffset), length: Int64(length), mount.context)
    let data = source.node.read(at: offset, count: length)
    try expect(Int(copied), data.count, "bytes copied")
    target.node.write(data, at: targetOffset)
  }

  private func syncFile() throws {
    guard let file = randomOpen([]) else { return }
    note("sync \(file.handle.number)")
    try mount.fs.sync(file.handle, dataOnly: random.chance(percent: 50), mount.context)
  }

  private func closeFile() throws {
    guard !open.isEmpty else { return }
    let file = open.remove(at: Int.random(in: 0..<open.count, using: &random))
    note("close \(file.handle.number)")
    try mount.close(file.handle)
    mount.fs.forget(file.inode, count: 1)
  }
}
