import SwfsCluster
import SwfsCore
import SwfsPostgres
import SwfsTransport
import Testing

@testable import SwfsCtl

/// Status, checks and watching on a real cluster.
@Suite(.enabled(if: LiveCluster.isThere))
struct LiveDeskTests {
  private func findings(
    _ cluster: LiveCluster, asksForChunks: Bool
  ) throws -> [(kind: Finding.Kind, path: String)] {
    var found: [(kind: Finding.Kind, path: String)] = []
    let check = NamespaceCheck(
      snapshot: try cluster.snapshot(), chunks: asksForChunks ? cluster.chunks : nil
    ) { finding in
      found.append((finding.kind, finding.path))
    }
    try check.run()
    return found.filter { $0.path.hasPrefix(cluster.home.string) }
  }

  @Test func healthyFilesPassTheCheck() throws {
    let cluster = try LiveCluster()
    try cluster.makeFile(cluster.home.child("good"), [1, 2, 3])
    #expect(try findings(cluster, asksForChunks: true).isEmpty)
    try cluster.remove()
  }

  @Test func missingBytesAreFound() throws {
    let cluster = try LiveCluster()
    let path = cluster.home.child("lost")
    try cluster.makeFile(path, [1, 2, 3]) { $0.chunks[0].fid?.cookie &+= 1 }
    let found = try findings(cluster, asksForChunks: true)
    #expect(found.map(\.kind) == [.missingChunk])
    #expect(found.map(\.path) == [path.string])
    try cluster.remove()
  }

  @Test func entriesOfAMissingDirectoryAreFound() throws {
    let cluster = try LiveCluster()
    let gone = cluster.home.child("gone")
    try cluster.filers.store.create(
      LiveCluster.entry("orphan", .regular), in: gone, precondition: .absent, LiveCluster.patient)
    let found = try findings(cluster, asksForChunks: false)
    #expect(found.map(\.kind) == [.orphan])
    #expect(found.map(\.path) == [gone.string])
    try cluster.filers.store.delete(
      gone.child("orphan"), recursive: false, freeChunks: true, LiveCluster.patient)
    try cluster.remove()
  }

  @Test func wrongLinkCounterIsFound() throws {
    let cluster = try LiveCluster()
    let id = (0..<16).map { _ in UInt8.random(in: 0...255) } + [1]
    for name in ["one", "two"] as [EntryName] {
      var entry = LiveCluster.entry(name, .regular)
      entry.hardLinkID = id
      entry.hardLinkCounter = 3
      try cluster.filers.store.create(
        entry, in: cluster.home, precondition: .absent, LiveCluster.patient)
    }
    #expect(try findings(cluster, asksForChunks: false).map(\.kind) == [.linkCounter])
    try cluster.remove()
  }

  @Test func needleOfTwoFilesIsFound() throws {
    let cluster = try LiveCluster()
    let entry = try cluster.makeFile(cluster.home.child("one"), [1, 2, 3])
    var copy = entry
    copy.name = "two"
    try cluster.filers.store.create(
      copy, in: cluster.home, precondition: .absent, LiveCluster.patient)
    let found = try findings(cluster, asksForChunks: true)
    #expect(found.map(\.kind) == [.sharedNeedle, .sharedNeedle])
    try cluster.filers.store.delete(
      cluster.home.child("two"), recursive: false, freeChunks: false, LiveCluster.patient)
    try cluster.remove()
  }

  @Test func statusOfAHealthyClusterIsFine() throws {
    let cluster = try LiveCluster()
    defer { try? cluster.remove() }
    let answers = FilerProbe.ask(cluster.filers)
    let filers = FilerProbe.group(answers)
    #expect(filers.state == .fine, "\(filers)")
    let web = WebClient(cluster.filers.security)
    let configuration = try #require(try answers.first?.result.get().configuration)
    let masters = configuration.masters.map(MasterAddress.http)
    #expect(MasterProbe.group(masters, web).state == .fine)
    let volumes = VolumeProbe.group(MasterProbe.leader(masters, web), web)
    // How full the disk of the test machine is does not matter.
    #expect(volumes.state != .down)
    #expect(!volumes.parts.isEmpty)
    #expect(PostgresProbe.group(cluster.settings).state == .fine)
  }

  @Test func filerThatIsGoneDegrades() throws {
    let cluster = try LiveCluster()
    defer { try? cluster.remove() }
    let dead = try FilerAccess(
      [cluster.filers.addresses[0], .init(host: "127.0.0.1", port: 9, grpcPort: 9)],
      security: cluster.filers.security)
    let group = FilerProbe.group(FilerProbe.ask(dead))
    #expect(group.parts.map(\.state) == [.fine, .down])
    #expect(group.state == .degraded)
  }

  @Test func changesAreWatched() throws {
    let cluster = try LiveCluster()
    let watcher = try FilerAccess(cluster.filers.addresses, security: cluster.filers.security)
    let feed = FilerFeed(
      watcher.addresses, tls: watcher.tls, identity: watcher.calls.identity, below: cluster.home)
    let lines = Monitor<[String]>([])
    feed.start { message in lines.update { $0.append(WatchLine.line(message).json.string) } }
    let until = Deadline(secondsFromNow: 30)
    while !feed.isHealthy && !until.hasPassed { pause(seconds: 0.05) }
    try cluster.makeFile(cluster.home.child("seen"), [1])
    let seen = lines.wait(until: Deadline(secondsFromNow: 30)) { lines in
      lines.first { $0.contains(#""event":"create""#) && $0.contains("/seen") }
    }
    #expect(seen != nil)
    feed.stop()
    watcher.calls.close()
    try cluster.remove()
  }

  @Test func entriesAreFoundBySQL() throws {
    let cluster = try LiveCluster()
    try cluster.makeDirectory(cluster.home.child("d"))
    for number in 0..<20 {
      try cluster.makeFile(
        cluster.home.child("d").child(EntryName(unchecked: "f\(number)")), [1])
    }
    var paths: [EntryPath] = []
    let snapshot = try cluster.snapshot()
    try snapshot.subtree(of: cluster.home, order: .byPath, LiveCluster.patient) {
      paths.append($0.path)
    }
    #expect(paths.count == 21)
    #expect(paths.first == cluster.home.child("d"))
    var names: [EntryName] = []
    try snapshot.children(of: cluster.home.child("d"), LiveCluster.patient) {
      names.append($0.name)
    }
    #expect(names == names.sorted() && names.count == 20)
    try cluster.remove()
  }
}
