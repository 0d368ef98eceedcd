import Glibc
import SwfsCore
import SwfsTestKit
import Testing

@testable import SwfsBackup

/// A directory that goes away with the test.
final class ScratchDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/swfs-backup-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw FSError(.remote, "mkdtemp") }
    path = String(cString: made)
  }

  deinit {
    let tree = listing(path)
    for (name, isDirectory) in tree.reversed() {
      if isDirectory { rmdir(name) } else { unlink(name) }
    }
    rmdir(path)
  }

  func read(_ name: String) throws -> [UInt8] {
    let file = open(path + name, O_RDONLY | O_NOFOLLOW)
    guard file >= 0 else { throw FSError(.notFound, name) }
    defer { close(file) }
    var status = stat()
    fstat(file, &status)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = pread(file, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(count, 0)))
  }

  func status(_ name: String) throws -> stat {
    var status = stat()
    guard lstat(path + name, &status) == 0 else { throw FSError(.notFound, name) }
    return status
  }
}

/// Everything below a directory, parents first.
private func listing(_ root: String) -> [(name: String, isDirectory: Bool)] {
  var result: [(String, Bool)] = []
  guard let directory = opendir(root) else { return [] }
  defer { closedir(directory) }
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    guard name != ".", name != ".." else { continue }
    let isDirectory = entry.pointee.d_type == UInt8(DT_DIR)
    result.append((root + "/" + name, isDirectory))
    if isDirectory { result += listing(root + "/" + name) }
  }
  return result
}

@Suite struct RestoreTests {
  private func restore(
    _ store: MemoryStore, to target: any RestoreTarget, _ includes: [String] = [],
    excludes: [String] = [], _ change: (inout RestoreOptions) -> Void = { _ in }
  ) throws -> RestoreResult {
    let repository = try Fixture.open(store)
    let stored = try repository.snapshot(named: "latest")
    var options = RestoreOptions(
      selection: try PathSelection(includes: includes, excludes: excludes))
    change(&options)
    return try RestoreRun(stored, in: repository, to: target, options).run(Fixture.context)
  }

  private func backedUp(_ cluster: SmallCluster) throws -> MemoryStore {
    let store = MemoryStore()
    _ = try Fixture.create(store)
    try Fixture.backup(cluster, store)
    return store
  }

  @Test func filesComeBackByteByByte() throws {
    let (cluster, files) = try Fixture.cluster()
    let store = try backedUp(cluster)
    let scratch = try ScratchDirectory()
    let result = try restore(store, to: LocalTarget(scratch.path))
    #expect(result.isComplete)
    #expect(result.files == UInt64(files.count))
    #expect(result.directories == 2)
    for (path, bytes) in files { #expect(try scratch.read(path) == bytes, "\(path)") }
    let status = try scratch.status("/a/f0")
    #expect(status.st_mode & 0o7777 == 0o644)
    #expect(status.st_mtim.tv_sec == 1_700_000_000)
    #expect(status.st_mtim.tv_nsec == 123_456_789)
    #expect(try scratch.status("/a").st_mode & 0o7777 == 0o755)
    #expect(try scratch.status("/a").st_mtim.tv_sec == 1_700_000_000)
    // Nothing temporary stays, and a second restore finds everything there.
    let again = try restore(store, to: LocalTarget(scratch.path))
    #expect(again.files == 0)
    #expect(again.same == UInt64(files.count) + 2)
    #expect(!listing(scratch.path).contains { $0.name.contains(".swfs-restore") })
  }

  @Test func everyKindOfFileComesBack() throws {
    let cluster = SmallCluster()
    var link = SmallCluster.entry(.symlink, permissions: 0o777)
    link.attributes.symlinkTarget = "some/where"
    try cluster.put("/link", link)
    try cluster.put("/pipe", SmallCluster.entry(.fifo, permissions: 0o640))
    var setuid = SmallCluster.entry(permissions: 0o4755)
    setuid.content = [1, 2, 3]
    setuid.extended = ["xattr-user.note": [9, 8], "Seaweed-other": [1]]
    try cluster.put("/inline", setuid)
    var sparse = SmallCluster.entry(chunks: [cluster.chunk([5, 5], at: 1 << 30)])
    sparse.attributes.fileSize = 1 << 31
    try cluster.put("/sparse", sparse)
    // The newer chunk hides the middle of the older one.
    try cluster.put(
      "/layers",
      SmallCluster.entry(
        chunks: [
          cluster.chunk([9, 9], at: 1, order: 7), cluster.chunk([1, 2, 3, 4], at: 0, order: 3),
        ]))
    let store = try backedUp(cluster)
    let scratch = try ScratchDirectory()
    let result = try restore(store, to: LocalTarget(scratch.path))
    #expect(result.failures == [])
    #expect(result.symlinks == 1)
    #expect(result.others == 1)
    #expect(try scratch.read("/inline") == [1, 2, 3])
    #expect(try scratch.status("/inline").st_mode & 0o7777 == 0o4755)
    #expect(try scratch.read("/layers") == [1, 9, 9, 4])
    let status = try scratch.status("/sparse")
    #expect(status.st_size == 1 << 31)
    #expect(status.st_blocks < 10_000)
    #expect(try scratch.status("/pipe").st_mode & S_IFMT == S_IFIFO)
    var text = [CChar](repeating: 0, count: 64)
    let count = readlink(scratch.path + "/link", &text, 63)
    #expect(count == "some/where".utf8.count)
  }

  @Test func hardLinksStayTogether() throws {
    let cluster = SmallCluster()
    let id = [UInt8](repeating: 3, count: 16) + [1]
    var entry = SmallCluster.entry(chunks: [cluster.chunk([7, 8])])
    entry.hardLinkID = id
    entry.hardLinkCounter = 3
    for path in ["/x", "/y", "/z"] { try cluster.put(EntryPath(unchecked: path), entry) }
    cluster.putValue(id, EntryEncoder.bytes(of: entry))
    let store = try backedUp(cluster)
    let scratch = try ScratchDirectory()
    #expect(try restore(store, to: LocalTarget(scratch.path)).files == 3)
    #expect(try scratch.status("/x").st_nlink == 3)
    #expect(try scratch.status("/x").st_ino == scratch.status("/z").st_ino)

    let other = MemoryCluster()
    let client = other.makeClient()
    let target = ClusterTarget(client, client)
    #expect(try restore(store, to: target).isComplete)
    let restored = try #require(try other.entry("/y"))
    #expect(restored.hardLinkCounter == 3)
    #expect(restored.hardLinkID != id)
    #expect(restored.hardLinkID == (try other.entry("/x"))?.hardLinkID)

    // One name alone is a plain file.
    let single = MemoryCluster()
    let singleClient = single.makeClient()
    _ = try restore(store, to: ClusterTarget(singleClient, singleClient), ["/y"])
    #expect(try single.entry("/y")?.hardLinkID == [])
  }

  @Test func clusterGetsEverythingUnderNewFileIDs() throws {
    let (cluster, files) = try Fixture.cluster()
    let store = try backedUp(cluster)
    let other = MemoryCluster()
    let client = other.makeClient()
    let target = ClusterTarget(client, client)
    let result = try restore(store, to: target) { $0.base = "/old/data" }
    #expect(result.failures == [])
    #expect(result.isComplete)
    for (path, bytes) in files {
      let entry = try #require(try other.entry(EntryPath(unchecked: "/old/data" + path)))
      #expect(entry.attributes.mtime == 1_700_000_000)
      var content = [UInt8](repeating: 0, count: bytes.count)
      if let chunk = entry.chunks.first {
        try content.withUnsafeMutableBytes { buffer in
          try client.read(chunk, needleOffset: 0, into: buffer, Fixture.context)
        }
      }
      #expect(content == bytes, "\(path)")
    }
    #expect(other.orphanedNeedles.isEmpty)
    let again = try restore(store, to: target) { $0.base = "/old/data" }
    #expect(again.files == 0)
    #expect(again.isComplete)
  }

  @Test func whatIsThereStaysUnlessAsked() throws {
    let cluster = SmallCluster()
    try cluster.putFile("/f", [1, 2, 3])
    let store = try backedUp(cluster)
    let other = MemoryCluster()
    let client = other.makeClient()
    var mine = SmallCluster.entry()
    mine.name = "f"
    mine.content = [9]
    try other.put(mine, in: .root)
    let target = ClusterTarget(client, client)
    let kept = try restore(store, to: target)
    #expect(kept.kept == ["/f"])
    #expect(!kept.isComplete)
    #expect(try other.entry("/f")?.content == [9])
    let replaced = try restore(store, to: target) { $0.overwrites = true }
    #expect(replaced.isComplete)
    #expect(try other.entry("/f")?.chunks.count == 1)
    #expect(other.orphanedNeedles.isEmpty)

    let scratch = try ScratchDirectory()
    _ = try restore(store, to: LocalTarget(scratch.path))
    chmod(scratch.path + "/f", 0o600)
    truncate(scratch.path + "/f", 1)
    #expect(try restore(store, to: LocalTarget(scratch.path)).kept == ["/f"])
    #expect(try restore(store, to: LocalTarget(scratch.path)) { $0.overwrites = true }.files == 1)
    #expect(try scratch.read("/f") == [1, 2, 3])
  }

  @Test func dryRunTouchesNothing() throws {
    let (cluster, files) = try Fixture.cluster()
    let store = try backedUp(cluster)
    let scratch = try ScratchDirectory()
    let result = try restore(store, to: LocalTarget(scratch.path)) { $0.isDryRun = true }
    #expect(result.files == UInt64(files.count))
    #expect(listing(scratch.path).isEmpty)
  }

  @Test func selectionTakesSubtreesAndGlobs() throws {
    let (cluster, files) = try Fixture.cluster()
    let store = try backedUp(cluster)
    let scratch = try ScratchDirectory()
    let some = try restore(store, to: LocalTarget(scratch.path), ["/a/b"])
    #expect(some.files == 10)
    let glob = try restore(
      store, to: LocalTarget(scratch.path), ["/a/f1*"], excludes: ["*18"])
    #expect(glob.files == UInt64(files.keys.filter { $0.hasPrefix("/a/f1") }.count - 1))
  }

  @Test func damagedFileIsNamedAndTheOthersComeBack() throws {
    let cluster = SmallCluster()
    try cluster.putFile("/good", [1])
    try cluster.put(
      "/bad",
      SmallCluster.entry(
        chunks: [
          Chunk(
            fid: FileID(volume: 9, key: 9, cookie: 9), offset: 0, size: 4, modifiedNanoseconds: 1)
        ]))
    let store = try backedUp(cluster)
    let scratch = try ScratchDirectory()
    let result = try restore(store, to: LocalTarget(scratch.path))
    #expect(result.failures.map(\.path) == ["/bad"])
    #expect(try scratch.read("/good") == [1])
    #expect(throws: FSError.self) { try scratch.status("/bad") }
  }

  @Test func globsFit() {
    func fits(_ pattern: String, _ text: String) -> Bool {
      Glob.fits(Array(pattern.utf8)[...], Array(text.utf8)[...])
    }
    #expect(fits("/a/*", "/a/b"))
    #expect(!fits("/a/*", "/a/b/c"))
    #expect(fits("/a/**", "/a/b/c"))
    #expect(fits("/**/c", "/a/b/c"))
    #expect(fits("/**/c", "/c"))
    #expect(!fits("/**/c", "/xc"))
    #expect(fits("/a?c", "/abc"))
    #expect(!fits("/a?c", "/a/c"))
    #expect(fits("/*b*d", "/abbcd"))
    #expect(!fits("/*b*d", "/abbce"))
    #expect(!fits("/a", "/ab"))
    #expect(!fits("/ab", "/a"))
  }
}
