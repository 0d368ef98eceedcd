public import SwfsCore
import Synchronization

/// What a restore may do.
public struct RestoreOptions: Sendable {
  public var selection: PathSelection
  /// The directory of the target under which full paths of the snapshot appear.
  public var base = EntryPath.root
  /// Replaces files that are there and different.
  public var overwrites = false
  /// Only counts.
  public var isDryRun = false
  public var threads = 4
  /// Time for one file.
  public var fileSeconds = 3600.0

  public init(selection: PathSelection) {
    self.selection = selection
  }
}

/// What a restore did.
public struct RestoreResult: Sendable, Equatable {
  public var directories: UInt64 = 0
  public var files: UInt64 = 0
  public var symlinks: UInt64 = 0
  public var others: UInt64 = 0
  /// Sizes of the files written.
  public var bytes: UInt64 = 0
  /// Were there already with the same kind, size and time: of an earlier, broken-off restore.
  public var same: UInt64 = 0
  /// Were there and different, and were left alone.
  public var kept: [String] = []
  /// Had a TTL that is over.
  public var expired: UInt64 = 0
  public var failures: [Failure] = []

  public struct Failure: Sendable, Equatable {
    public var path: String
    public var reason: String
  }

  public init() {}

  /// Whether everything that was asked for is there now.
  public var isComplete: Bool { kept.isEmpty && failures.isEmpty }
}

/// Writes a snapshot, or a part of it, to a target. Can be repeated: what is there is skipped.
public final class RestoreRun: Sendable {
  private let tree: SnapshotTree
  private let target: any RestoreTarget
  private let options: RestoreOptions
  private let snapshotID: ContentID
  private let state = Monitor(State())

  private struct State {
    var result = RestoreResult()
    var queue: [(EntryPath, Entry)] = []
    var isClosed = false
    var threads = 0
    var failure: FSError?
  }

  public init(
    _ stored: StoredSnapshot, in repository: Repository, to target: any RestoreTarget,
    _ options: RestoreOptions
  ) throws(FSError) {
    snapshotID = stored.id
    tree = try SnapshotTree(stored.snapshot, in: repository)
    self.target = target
    self.options = options
  }

  /// Counts so far, for progress.
  public var progress: RestoreResult { state.withLock { $0.result } }

  /// - Throws: what concerns more than one file (the cluster, the disk); the rest is in the result.
  public func run(_ context: OperationContext) throws(FSError) -> RestoreResult {
    let directories = try makeDirectories(context)
    var links: [[UInt8]: (entry: Entry, paths: [EntryPath])] = [:]
    let threads = min(max(options.threads, 1), 64)
    state.withLock { $0.threads = threads }
    for _ in 0..<threads { startThread("restore") { [self] in work(context) } }
    do throws(FSError) {
      try tree.forEachEntry { (item) throws(FSError) in
        guard case .entry(let path, let entry) = item else {
          if case .corrupt(let path, let reason) = item { self.corrupt(path, reason) }
          return
        }
        guard entry.attributes.mode.kind != .directory, options.selection.contains(path) else {
          return
        }
        if entry.hardLinkID.isEmpty {
          try enqueue(path, entry, context)
        } else {
          links[entry.hardLinkID, default: (entry, [])].paths.append(path)
        }
      }
      try drain(nil)
    } catch {
      try drain(error)
    }
    for (id, group) in links.sorted(by: { Hex.text($0.key) < Hex.text($1.key) }) {
      try restoreLinks(id, group.entry, group.paths, context)
    }
    // Deepest first: finishing a directory must not touch the times of one that is done.
    for (path, entry, isNew) in directories.reversed() where !options.isDryRun {
      guard isNew || options.overwrites else { continue }
      try attempt(path) { () throws(FSError) in
        try target.finishDirectory(options.base.appending(path), entry, context)
      }
    }
    return progress
  }

  // MARK: Directories

  private func makeDirectories(
    _ context: OperationContext
  ) throws(FSError) -> [(path: EntryPath, entry: Entry, isNew: Bool)] {
    var known: [EntryPath: Entry] = [:]
    var wanted = Set<EntryPath>()
    try tree.forEachEntry { (item) throws(FSError) in
      guard case .entry(let path, let entry) = item else { return }
      let isDirectory = entry.attributes.mode.kind == .directory
      if isDirectory { known[path] = entry }
      guard options.selection.contains(path) else { return }
      if isDirectory { wanted.insert(path) }
      var parent = path.parent
      while !parent.isRoot, wanted.insert(parent).inserted { parent = parent.parent }
    }
    try makeBase(context)
    var made: [(EntryPath, Entry, Bool)] = []
    // Byte order: parents stand before their children.
    for path in wanted.sorted() {
      let entry = known[path] ?? Self.plainDirectory(path.name)
      let place = options.base.appending(path)
      try attempt(path) { () throws(FSError) in
        if let existing = try target.existing(place, context) {
          guard existing.kind == .directory else {
            throw FSError(.notDirectory, "\(place) is there and no directory")
          }
          state.withLock { $0.result.same += 1 }
          made.append((path, entry, false))
          return
        }
        if !options.isDryRun {
          let content = RestoreContent(tree: tree, entry: entry)
          try target.makeDirectory(place, entry, content, context)
        }
        state.withLock { $0.result.directories += 1 }
        made.append((path, entry, true))
      }
    }
    return made
  }

  private func makeBase(_ context: OperationContext) throws(FSError) {
    var missing: [EntryPath] = []
    var path = options.base
    while !path.isRoot {
      if let existing = try target.existing(path, context) {
        guard existing.kind == .directory else {
          throw FSError(.notDirectory, "\(path) is no directory")
        }
        break
      }
      missing.append(path)
      path = path.parent
    }
    for path in missing.reversed() where !options.isDryRun {
      let entry = Self.plainDirectory(path.name)
      try target.makeDirectory(path, entry, RestoreContent(tree: tree, entry: entry), context)
    }
  }

  private static func plainDirectory(_ name: EntryName) -> Entry {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: .directory, permissions: 0o755)
    attributes.mtime = Timestamp.now.seconds
    attributes.crtime = attributes.mtime
    return Entry(name: name, isDirectoryFlag: true, attributes: attributes)
  }

  // MARK: Files

  private func enqueue(
    _ path: EntryPath, _ entry: Entry, _ context: OperationContext
  ) throws(FSError) {
    try state.wait(context, for: "files to be written") { (state) throws(FSError) -> Void? in
      if let failure = state.failure { throw failure }
      guard state.queue.count < 256 else { return nil }
      state.queue.append((path, entry))
      return ()
    }
    state.update { _ in }
  }

  /// Waits for the threads. - Throws: the error that ended the work.
  private func drain(_ error: FSError?) throws(FSError) {
    state.update {
      $0.isClosed = true
      if let error {
        $0.failure = $0.failure ?? error
        $0.queue = []
      }
    }
    while state.wait(until: .never, for: { $0.threads == 0 ? () : nil }) == nil {}
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  private func work(_ context: OperationContext) {
    while true {
      let next = state.wait(until: .never) { state -> (EntryPath, Entry)?? in
        if state.failure != nil { return .some(nil) }
        if let job = state.queue.popLast() { return .some(job) }
        return state.isClosed ? .some(nil) : nil
      }
      guard let (path, entry) = next ?? nil else { break }
      state.update { _ in }
      do throws(FSError) { try restore(path, entry, links: nil, context) } catch {
        state.update { $0.failure = $0.failure ?? error }
      }
    }
    state.update { $0.threads -= 1 }
  }

  private func restoreLinks(
    _ id: [UInt8], _ entry: Entry, _ paths: [EntryPath], _ context: OperationContext
  ) throws(FSError) {
    guard paths.count > 1 else {
      for path in paths { try restore(path, entry, links: nil, context) }
      return
    }
    let seed = snapshotID.bytes + Array(options.base.string.utf8) + id
    var group = LinkGroup(
      id: Array(try ContentID(of: seed).bytes.prefix(16)) + [1], first: nil,
      count: Int32(clamping: paths.count))
    for path in paths.sorted() {
      if try restore(path, entry, links: group, context) {
        group.first = group.first ?? options.base.appending(path)
      }
    }
  }

  /// - Returns: whether the file is there now.
  @discardableResult private func restore(
    _ path: EntryPath, _ entry: Entry, links: LinkGroup?, _ context: OperationContext
  ) throws(FSError) -> Bool {
    let place = options.base.appending(path)
    if entry.hasExpired(nowSeconds: Timestamp.now.seconds) {
      state.withLock { $0.result.expired += 1 }
      return false
    }
    return try attempt(path) { () throws(FSError) -> Bool in
      let attempt = context.attempt(seconds: options.fileSeconds)
      let attributes = try entry.fileAttributes()
      let existing = try target.existing(place, attempt)
      if let existing {
        if existing.kind == attributes.kind, existing.mtime == attributes.mtime,
          existing.kind == .symlink || existing.size == attributes.size
        {
          state.withLock { $0.result.same += 1 }
          return true
        }
        guard options.overwrites, existing.kind != .directory else {
          state.withLock { $0.result.kept.append(place.string) }
          return false
        }
      }
      if !options.isDryRun {
        let content = RestoreContent(tree: tree, entry: entry)
        try target.write(
          place, entry, content, replacing: existing, links: links, attempt)
      }
      state.withLock { $0.result.count(attributes) }
      return true
    } ?? false
  }

  private func corrupt(_ path: String, _ reason: String) {
    guard let parsed = try? EntryPath(normalizing: path), !options.selection.contains(parsed) else {
      return state.withLock { $0.result.failures.append(.init(path: path, reason: reason)) }
    }
  }

  /// Errors of one path are noted; those that the next path would meet as well end the restore.
  @discardableResult private func attempt<R>(
    _ path: EntryPath, _ body: () throws(FSError) -> R
  ) throws(FSError) -> R? {
    do throws(FSError) { return try body() } catch {
      switch error.code {
      case .noSpace, .quotaExceeded, .outOfMemory, .interrupted, .unavailable, .timedOut, .busy:
        throw error
      default:
        state.withLock {
          $0.result.failures.append(.init(path: path.string, reason: error.description))
        }
        return nil
      }
    }
  }
}

extension RestoreResult {
  fileprivate mutating func count(_ attributes: FileAttributes) {
    switch attributes.kind {
    case .regular:
      files += 1
      bytes &+= attributes.size
    case .symlink: symlinks += 1
    case .directory: directories += 1
    default: others += 1
    }
  }
}
