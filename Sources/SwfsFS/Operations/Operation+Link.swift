public import SwfsCore
import Synchronization

extension ClusterFileSystem {
  /// Longest list of names a file may have; ext4 has the same order of magnitude.
  static let linksMax: Int32 = 65_000

  public func link(
    _ inode: InodeID, _ newParent: InodeID, _ newName: EntryName, _ context: OperationContext
  ) throws(FSError) -> FoundInode {
    try refuseIfReadOnly()
    let inode = try core.inode(inode)
    guard inode.kind != .directory else { throw FSError(.notPermitted, "a directory") }
    let directory = try core.inode(newParent)
    if let taken = try existing(newParent, newName, context) {
      core.table.forget(taken.inode, count: 1)
      throw FSError(.exists, "the name is taken")
    }
    if let content = inode.content {
      try content.flush(context)
      var linked: Entry?
      try content.whileNotCommitting(context) { () throws(FSError) in
        linked = try addLink(inode, newParent, newName, context)
        if let linked {
          content.state.update { state in
            state.base = linked
            state.base.name = (core.table.place(of: inode.id)?.name) ?? linked.name
          }
        }
      }
    } else {
      _ = try addLink(inode, newParent, newName, context)
    }
    if let replaced = core.table.addName(
      parent: newParent, name: newName, to: inode, references: 1)
    {
      core.lostName(replaced)
    }
    touch(directory)
    return FoundInode(
      inode: inode.id, attributes: try current(inode, context), validity: core.validity)
  }

  /// Counts the name on the source first, then makes it: a crash in between leaves a counter that is
  /// too high, never needles freed under a living name.
  private func addLink(
    _ inode: Inode, _ newParent: InodeID, _ newName: EntryName, _ context: OperationContext
  ) throws(FSError) -> Entry {
    try core.gate.shared(context) { () throws(FSError) -> Entry in
      let source = try core.path(of: inode.id)
      let target = try core.path(of: newParent).appending(newName)
      let counted = try core.mutate(source, context) { entry throws(FSError) in
        let attributes = try entry.fileAttributes()
        guard inode.matches(FileIdentity(attributes), hardLinkID: attributes.hardLinkID) else {
          throw FSError(.stale, "\(source) is another file now")
        }
        if entry.hardLinkID.isEmpty {
          entry.hardLinkID = Self.newHardLinkID()
          entry.hardLinkCounter = 1
        }
        guard entry.hardLinkCounter < Self.linksMax else {
          throw FSError(.tooManyLinks, "\(source) has \(entry.hardLinkCounter) names")
        }
        entry.hardLinkCounter += 1
        AttributeDelta.changeTime(&entry)
      }
      inode.state.withLock { $0.hardLinkID = counted.hardLinkID }
      core.clock.note(inode)
      var second = counted
      second.name = newName
      do throws(FSError) {
        try core.store.create(second, in: target.parent, precondition: .absent, context)
      } catch {
        try uncount(source, context)
        throw error
      }
      return counted
    }
  }

  private func uncount(_ source: EntryPath, _ context: OperationContext) throws(FSError) {
    _ = try core.mutate(source, context) { entry throws(FSError) in
      entry.hardLinkCounter = max(1, entry.hardLinkCounter - 1)
    }
  }

  /// 16 random bytes and a 1, as weed mount makes them.
  private static func newHardLinkID() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) } + [1]
  }
}

extension AttributeDelta {
  /// Sets ctime to now: for changes that are no attribute changes of their own.
  static func changeTime(_ entry: inout Entry) {
    var delta = AttributeDelta()
    delta.ctime = .now
    delta.apply(to: &entry.attributes)
  }
}
