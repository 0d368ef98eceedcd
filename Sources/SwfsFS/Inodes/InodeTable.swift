import SwfsCore
import SwfsObserve
import Synchronization

/// Every inode that somebody refers to, by number and by name.
///
/// One lock, held for dictionary work only; it is a leaf in the lock order. An inode stays as long as
/// the kernel holds references (`lookup` count) or a handle is open (`pin`).
final class InodeTable: Sendable {
  private struct Dentry: Hashable {
    var parent: InodeID
    var name: EntryName
  }

  private struct Record {
    let inode: Inode
    /// Usually one; several for hard links; none once unlinked.
    var names: [Dentry]
    var references: UInt64 = 0
    var pins = 0
  }

  private struct State {
    var records: [InodeID: Record] = [:]
    var dentries: [Dentry: InodeID] = [:]
    var hardLinks: [[UInt8]: InodeID] = [:]
    var nextFresh: UInt64 = 1 << 62
    /// Children still in the table, by directory: a directory goes after them.
    var childCounts: [InodeID: Int] = [:]
  }

  /// Rough cost of one inode in this table, for the memory budget.
  static let bytesPerInode = 480

  let base: EntryPath
  private let budget: MemoryBudget
  private let state: Mutex<State>

  /// - Parameter base: the path in the filer's namespace that is mounted.
  init(base: EntryPath, budget: MemoryBudget) {
    self.base = base
    self.budget = budget
    var initial = State()
    let attributes = FileAttributes(mode: FileMode(kind: .directory, permissions: 0o755))
    let root = Inode(
      id: .root, kind: .directory, identity: FileIdentity(attributes), hardLinkID: nil)
    initial.records[.root] = Record(inode: root, names: [], references: 1, pins: 1)
    state = Mutex(initial)
  }

  /// The number an entry gets unless somebody has it already: a hash of its place, so that a listing
  /// of names alone tells the same number as a later `stat`.
  static func preferredNumber(parent: InodeID, name: EntryName) -> InodeID {
    var hash = ContentFingerprint()
    hash.combine(parent.number)
    hash.combine(bytes: name.string.utf8)
    // Positive and far from the root's; the upper half is for fresh numbers.
    return InodeID(number: (hash.value & (1 << 62 - 1)) | 2)
  }

  // MARK: Reading

  func inode(_ id: InodeID) -> Inode? { state.withLock { $0.records[id]?.inode } }

  func child(_ parent: InodeID, _ name: EntryName) -> Inode? {
    state.withLock { state in
      state.dentries[Dentry(parent: parent, name: name)].flatMap { state.records[$0]?.inode }
    }
  }

  /// The number a listing shows for a name: the inode's own, or the one it would get.
  func number(_ parent: InodeID, _ name: EntryName) -> InodeID {
    state.withLock { state in
      state.dentries[Dentry(parent: parent, name: name)]
        ?? Self.preferredNumber(parent: parent, name: name)
    }
  }

  /// Where an inode is now, through any of its names; nil when it has none (removed).
  func path(of id: InodeID) -> EntryPath? {
    state.withLock { Self.path(of: id, in: $0, base: base) }
  }

  private static func path(of id: InodeID, in state: State, base: EntryPath) -> EntryPath? {
    var parts: [EntryName] = []
    var current = id
    while current != .root {
      guard let dentry = state.records[current]?.names.first else { return nil }
      parts.append(dentry.name)
      current = dentry.parent
      // A cycle cannot arise; a bound keeps a bug from hanging a thread under the lock.
      if parts.count > 4096 { return nil }
    }
    if parts.isEmpty { return base }
    var text = base.isRoot ? "" : base.string
    for part in parts.reversed() { text += "/" + part.string }
    return EntryPath(unchecked: text)
  }

  /// The directory and name of an inode; nil for the root and for removed ones.
  func place(of id: InodeID) -> (parent: InodeID, name: EntryName)? {
    state.withLock { state in
      state.records[id]?.names.first.map { ($0.parent, $0.name) }
    }
  }

  func places(of id: InodeID) -> [(parent: InodeID, name: EntryName)] {
    state.withLock { state in
      state.records[id]?.names.map { ($0.parent, $0.name) } ?? []
    }
  }

  /// The inode at a filer path, if the table knows every directory on the way.
  func find(_ path: EntryPath) -> Inode? {
    guard let relative = path.relative(to: base) else { return nil }
    return state.withLock { state in
      var current = InodeID.root
      for name in relative.components {
        guard let next = state.dentries[Dentry(parent: current, name: name)] else { return nil }
        current = next
      }
      return state.records[current]?.inode
    }
  }

  func find(hardLinkID: [UInt8]) -> Inode? {
    state.withLock { state in
      state.hardLinks[hardLinkID].flatMap { state.records[$0]?.inode }
    }
  }

  func parent(of id: InodeID) -> InodeID? {
    id == .root ? .root : state.withLock { $0.records[id]?.names.first?.parent }
  }

  /// Inodes with a place, for revalidating everything after a feed was lost.
  func everything() -> [(inode: Inode, parent: InodeID, name: EntryName)] {
    state.withLock { state in
      state.records.values.flatMap { record in
        record.names.map { (record.inode, $0.parent, $0.name) }
      }
    }
  }

  /// Children of a directory that are in the table.
  func children(of parent: InodeID) -> [Inode] {
    state.withLock { state in
      state.dentries.compactMap { $0.key.parent == parent ? state.records[$0.value]?.inode : nil }
    }
  }

  var count: Int { state.withLock { $0.records.count } }

  // MARK: Binding

  /// Makes `name` in `parent` mean the file with these attributes, and takes references to it.
  ///
  /// The inode that had the name before keeps it when it is the same file; otherwise it loses the name
  /// (`replaced`) and a new inode is made.
  func bind(
    parent: InodeID, name: EntryName, attributes: FileAttributes, references: UInt64
  ) -> (inode: Inode, replaced: Inode?) {
    let identity = FileIdentity(attributes)
    let dentry = Dentry(parent: parent, name: name)
    let result = state.withLock { state -> (Inode, Inode?, Bool) in
      var replaced: Inode?
      if let known = state.dentries[dentry], let record = state.records[known] {
        if record.inode.matches(identity, hardLinkID: attributes.hardLinkID) {
          state.records[known]?.references += references
          return (record.inode, nil, false)
        }
        Self.removeName(dentry, &state)
        replaced = record.inode
      }
      if let key = attributes.hardLinkID, let shared = state.hardLinks[key],
        let record = state.records[shared]
      {
        Self.addName(dentry, to: shared, &state)
        state.records[shared]?.references += references
        return (record.inode, replaced, false)
      }
      let inode = Inode(
        id: Self.freeNumber(dentry, &state), kind: attributes.kind, identity: identity,
        hardLinkID: attributes.hardLinkID)
      state.records[inode.id] = Record(inode: inode, names: [], references: references)
      if let key = attributes.hardLinkID { state.hardLinks[key] = inode.id }
      Self.addName(dentry, to: inode.id, &state)
      return (inode, replaced, true)
    }
    if result.2 {
      budget.reserveUnconditionally(Self.bytesPerInode, for: .inodes)
      Metrics.inodes.add(1)
    }
    if let replaced = result.1 { dropIfUnused(replaced.id) }
    return (result.0, result.1)
  }

  /// Gives an inode one more name (a hard link made here), or a new one.
  func addName(parent: InodeID, name: EntryName, to inode: Inode, references: UInt64) -> Inode? {
    let dentry = Dentry(parent: parent, name: name)
    return state.withLock { state in
      var replaced: Inode?
      if let known = state.dentries[dentry], known != inode.id {
        replaced = state.records[known]?.inode
        Self.removeName(dentry, &state)
      }
      if state.dentries[dentry] == nil { Self.addName(dentry, to: inode.id, &state) }
      state.records[inode.id]?.references += references
      if let key = inode.state.withLock({ $0.hardLinkID }) { state.hardLinks[key] = inode.id }
      return replaced
    }
  }

  /// Takes a name away. The inode stays while it is referred to.
  @discardableResult
  func unbind(parent: InodeID, name: EntryName) -> Inode? {
    let inode = state.withLock { state -> Inode? in
      let dentry = Dentry(parent: parent, name: name)
      guard let id = state.dentries[dentry] else { return nil }
      let inode = state.records[id]?.inode
      Self.removeName(dentry, &state)
      return inode
    }
    if let inode { dropIfUnused(inode.id) }
    return inode
  }

  /// Moves a name; what had the new name loses it and is returned.
  @discardableResult
  func move(
    parent: InodeID, name: EntryName, to newParent: InodeID, _ newName: EntryName
  ) -> Inode? {
    let replaced = state.withLock { state -> Inode? in
      let from = Dentry(parent: parent, name: name)
      let to = Dentry(parent: newParent, name: newName)
      guard from != to else { return nil }
      var replaced: Inode?
      if let old = state.dentries[to] {
        replaced = state.records[old]?.inode
        Self.removeName(to, &state)
      }
      guard let id = state.dentries[from] else { return replaced }
      Self.removeName(from, &state)
      Self.addName(to, to: id, &state)
      return replaced
    }
    if let replaced { dropIfUnused(replaced.id) }
    return replaced
  }

  // MARK: References

  func forget(_ id: InodeID, count: UInt64) {
    state.withLock { state in
      guard let references = state.records[id]?.references else { return }
      state.records[id]?.references = references >= count ? references - count : 0
    }
    dropIfUnused(id)
  }

  func pin(_ id: InodeID) { state.withLock { $0.records[id]?.pins += 1 } }

  func unpin(_ id: InodeID) {
    state.withLock { $0.records[id]?.pins -= 1 }
    dropIfUnused(id)
  }

  /// Removes an inode nobody refers to, and its directories if they only waited for it.
  private func dropIfUnused(_ id: InodeID) {
    let dropped = state.withLock { state -> Int in
      var dropped = 0
      var next: InodeID? = id
      while let current = next, current != .root, let record = state.records[current],
        record.references == 0, record.pins == 0, state.childCounts[current, default: 0] == 0
      {
        next = record.names.first?.parent
        for dentry in record.names { Self.removeName(dentry, &state) }
        if let key = record.inode.state.withLock({ $0.hardLinkID }),
          state.hardLinks[key] == current
        {
          state.hardLinks[key] = nil
        }
        state.records[current] = nil
        dropped += 1
      }
      return dropped
    }
    if dropped > 0 {
      budget.release(dropped * Self.bytesPerInode, for: .inodes)
      Metrics.inodes.add(-dropped)
    }
  }

  // MARK: Under the lock

  private static func addName(_ dentry: Dentry, to id: InodeID, _ state: inout State) {
    state.dentries[dentry] = id
    state.records[id]?.names.append(dentry)
    state.childCounts[dentry.parent, default: 0] += 1
  }

  private static func removeName(_ dentry: Dentry, _ state: inout State) {
    guard let id = state.dentries.removeValue(forKey: dentry) else { return }
    state.records[id]?.names.removeAll { $0 == dentry }
    let left = state.childCounts[dentry.parent, default: 1] - 1
    state.childCounts[dentry.parent] = left > 0 ? left : nil
  }

  private static func freeNumber(_ dentry: Dentry, _ state: inout State) -> InodeID {
    let preferred = preferredNumber(parent: dentry.parent, name: dentry.name)
    if state.records[preferred] == nil { return preferred }
    while state.records[InodeID(number: state.nextFresh)] != nil { state.nextFresh += 1 }
    defer { state.nextFresh += 1 }
    return InodeID(number: state.nextFresh)
  }
}

extension Inode {
  /// Whether a row with this identity is this file.
  func matches(_ other: FileIdentity, hardLinkID otherLink: [UInt8]?) -> Bool {
    state.withLock { state in
      if let mine = state.hardLinkID, let otherLink { return mine == otherLink }
      return state.identity == other
    }
  }
}
