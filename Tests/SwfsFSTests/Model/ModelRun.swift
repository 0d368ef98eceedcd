import Glibc
import SwfsCore
import SwfsFS
import SwfsTestKit

/// One random run: every operation is done to the model and to a mount, and both must agree.
final class ModelRun {
  struct Mismatch: Error, CustomStringConvertible {
    let description: String
  }

  /// An open file: what it is in the model, and on which mount.
  struct Open {
    var node: ModelNode
    var inode: InodeID
    var handle: HandleID
    var flags: OpenFlags
  }

  let cluster: MemoryCluster
  let chunkBytes: Int
  /// Whether a needle that no entry refers to, and that nobody freed, is a failure.
  let checksLeaks: Bool
  /// Finds the step that broke something instead of the one that noticed.
  private let verifiesEachStep = getenv("SWFS_TEST_MODEL_VERIFY") != nil
  var mounts: [ModelMount]
  /// The mount whose turn it is: the only one with open files.
  var current = 0
  var tree = ModelTree()
  var open: [Open] = []
  var random: SeededRandom
  private var trace: [String] = []
  /// The step that made each needle, to explain the ones left behind.
  private var origins: [FileID: Int] = [:]
  private var steps = 0

  init(
    mounts count: Int, chunkBytes: Int, manifestBatch: Int, checksLeaks: Bool = false,
    random: SeededRandom
  ) {
    self.checksLeaks = checksLeaks
    // Files that are replaced while open are read by `readDeleted` until the next vacuum.
    cluster = MemoryCluster(manifestBatch: manifestBatch, vacuumsAtOnce: false)
    self.chunkBytes = chunkBytes
    self.random = random
    let cluster = cluster
    mounts = (0..<count).map { _ in ModelMount(cluster, chunkBytes: chunkBytes) }
  }

  var mount: ModelMount { mounts[current] }

  // MARK: Running

  func run(steps count: Int) throws {
    do {
      while steps < count {
        steps += 1
        try step()
        if verifiesEachStep { try verifyEverything() }
        for fid in cluster.needleIDs where origins[fid] == nil { origins[fid] = steps }
      }
      try remount()
      for mount in mounts { try mount.end() }
    } catch {
      throw Mismatch(
        description: "step \(steps): \(error)\n  " + trace.suffix(400).joined(separator: "\n  "))
    }
  }

  func note(_ text: String) { trace.append("\(steps)@\(current) \(text)") }

  func fail(_ text: String) -> Mismatch { Mismatch(description: text) }

  func expect<V: Equatable>(_ got: V, _ wanted: V, _ what: @autoclosure () -> String) throws {
    if got != wanted { throw fail("\(what()): got \(got), wanted \(wanted)") }
  }

  /// Does an operation to the model and to the mount: both succeed, or both fail alike.
  ///
  /// - Returns: the mount's result and the model's, nil when both failed.
  @discardableResult
  func both<M, R>(
    _ what: String, _ model: () throws(FSError) -> M, _ real: () throws(FSError) -> R
  ) throws -> (M, R)? {
    note(what)
    let wanted = outcome(model)
    let got = outcome(real)
    switch (wanted, got) {
    case (.success(let wanted), .success(let got)): return (wanted, got)
    case (.failure(let wanted), .failure(let got)):
      try expect(got.code, wanted.code, what)
      return nil
    case (.success, .failure(let error)): throw fail("\(what): \(error)")
    case (.failure(let error), .success):
      throw fail("\(what) succeeded instead of \(error.code)")
    }
  }

  func outcome<R>(_ body: () throws(FSError) -> R) -> Result<R, FSError> {
    do throws(FSError) {
      return .success(try body())
    } catch {
      return .failure(error)
    }
  }

  // MARK: Choices

  private static let names: [EntryName] = ["a", "b", "c", "d", "é", "日"]

  func randomDirectory() -> EntryPath {
    let directories = tree.all.filter { $0.node.isDirectory && $0.path.components.count < 4 }
    return directories[Int.random(in: 0..<directories.count, using: &random)].path
  }

  func randomPath() -> EntryPath {
    randomDirectory().appending(Self.names[Int.random(in: 0..<Self.names.count, using: &random)])
  }

  func randomExisting(_ wanted: (ModelNode) -> Bool) -> (path: EntryPath, node: ModelNode)? {
    let all = tree.all.filter { !$0.path.isRoot && wanted($0.node) }
    return all.isEmpty ? nil : all[Int.random(in: 0..<all.count, using: &random)]
  }

  func randomOpen(_ flags: OpenFlags) -> Open? {
    let fitting = open.filter { $0.flags.isSuperset(of: flags) }
    return fitting.isEmpty ? nil : fitting[Int.random(in: 0..<fitting.count, using: &random)]
  }

  func randomOffset(_ node: ModelNode) -> Int {
    Int.random(in: 0...(node.bytes.count + chunkBytes / 2), using: &random)
  }

  func randomLength() -> Int {
    let most = random.chance(percent: 20) ? chunkBytes * 4 : chunkBytes
    return Int.random(in: 0...most, using: &random)
  }

  // MARK: Turns

  /// Closes everything; the next mount goes on.
  func changeTurn() throws {
    note("turn")
    try closeAll()
    cluster.settle()
    current = (current + 1) % mounts.count
  }

  func closeAll() throws {
    for file in open {
      try mount.close(file.handle)
      mount.fs.forget(file.inode, count: 1)
    }
    open = []
  }

  /// Ends every mount and starts anew over the same cluster: what counts is what was stored.
  func remount() throws {
    note("remount")
    try closeAll()
    for mount in mounts { try mount.end() }
    mounts = mounts.map { _ in ModelMount(cluster, chunkBytes: chunkBytes) }
    try verifyEverything()
    try expect(cluster.lostNeedles, [], "needles that entries refer to and that are gone")
    guard checksLeaks else { return }
    let deadline = Deadline(secondsFromNow: 20)
    while !cluster.orphanedNeedles.isEmpty && !deadline.hasPassed { pause(seconds: 0.02) }
    let made = Set(cluster.orphanedNeedles.map { origins[$0] ?? steps }).sorted()
    try expect(made, [], "steps whose needles are left behind")
  }
}
