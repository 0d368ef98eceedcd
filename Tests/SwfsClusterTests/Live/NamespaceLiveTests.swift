import SwfsCore
import SwfsTransport
import Testing

@testable import SwfsCluster

@Suite(.enabled(if: LiveCluster.isThere), .serialized) struct NamespaceLiveTests {
  private func code(_ body: () throws -> Void) -> FSError.Code? {
    do { try body() } catch { return (error as? FSError)?.code }
    return nil
  }

  @Test func missingNameIsNotFound() throws {
    let live = try LiveCluster()
    #expect(
      code { _ = try live.client.current(live.home.child("no"), LiveCluster.patient) }
        == .notFound)
    #expect(
      code { _ = try live.names.lookup(live.home.child("no"), LiveCluster.patient) }
        == .notFound)
    try live.remove()
  }

  @Test func createdEntryReadsBackAndGuardHolds() throws {
    let live = try LiveCluster()
    let context = LiveCluster.patient
    try live.client.create(
      LiveCluster.file("a", content: [1]), in: live.home, precondition: .absent, context)
    #expect(
      code {
        try live.client.create(
          LiveCluster.file("a"), in: live.home, precondition: .absent, context)
      } == .exists)
    let path = live.home.child("a")
    let stored = try live.client.current(path, context)
    var changed = stored
    changed.attributes.fileMode = 0o600
    changed.extended["xattr-user.x"] = [1, 2]
    try live.client.update(changed, in: live.home, precondition: .equal(stored), context)
    #expect(
      code {
        try live.client.update(changed, in: live.home, precondition: .equal(stored), context)
      } == .preconditionFailed)
    let again = try live.client.current(path, context)
    #expect(again.attributes.fileMode == 0o600)
    #expect(again.extended["xattr-user.x"] == [1, 2])
    #expect(changed.isStored(as: again))
    #expect(
      code {
        try live.client.update(
          LiveCluster.file("b"), in: live.home, precondition: .none, context)
      } == .notFound)
    try live.remove()
  }

  /// The guard compares every field, so sending back what was read must always match: many chunks
  /// (stored compressed), hard links (stored elsewhere), xattrs, inline content, odd ids.
  @Test(arguments: ["chunks", "link", "xattrs", "content", "everything", "odd"])
  func guardMatchesWhatWasRead(_ kind: String) throws {
    let live = try LiveCluster()
    let context = LiveCluster.patient
    var entry = LiveCluster.file("f")
    switch kind {
    case "chunks":
      entry.chunks = (0..<120).map {
        Chunk(
          fid: FileID(volume: 9999, key: UInt64($0 + 1), cookie: 77), offset: Int64($0) * 10,
          size: 10, modifiedNanoseconds: Int64($0 + 1), etag: "e\($0)")
      }
    case "link":
      entry.hardLinkID = Array(repeating: 5, count: 16) + [1]
      entry.hardLinkCounter = 2
    case "xattrs":
      entry.extended = ["xattr-user.a": [], "xattr-user.b": [0, 255, 7], "Seaweed-X": [65]]
    case "content": entry.content = Array("hello".utf8)
    case "odd":
      entry.chunks = [
        Chunk(
          fid: nil, fileIDText: "9999,01637037d6_1", offset: 0, size: 1, modifiedNanoseconds: 1)
      ]
    default:
      entry = EntryProtoTests.everyField()
      entry.name = "f"
      entry.isDirectoryFlag = false
      // Neither expired nor under a write-once rule, and with chunks that nobody resolves.
      entry.attributes.ttlSeconds = 0
      entry.content = []
      entry.remote = nil
      entry.hardLinkID = []
      entry.hardLinkCounter = 0
      entry.chunks = [entry.chunks[0]]
      entry.chunks[0].isManifest = false
    }
    try live.client.create(entry, in: live.home, precondition: .absent, context)
    let path = live.home.child("f")
    let stored = try live.client.current(path, context)
    var changed = stored
    changed.attributes.uid = 4242
    try live.client.update(changed, in: live.home, precondition: .equal(stored), context)
    let again = try live.client.current(path, context)
    #expect(again.attributes.uid == 4242)
    var undone = again
    undone.attributes.uid = stored.attributes.uid
    #expect(undone == stored)
    if kind == "everything" {
      entry.attributes.fileSize = stored.attributes.fileSize
      #expect(entry.isStored(as: stored))
    }
    // A second mount's view through another filer is the same.
    if LiveCluster.filers.count > 1 {
      let other = FilerClient(
        FilerCalls([LiveCluster.filers[1]], identity: ClientIdentity(name: "other")))
      #expect(try other.current(path, context) == again)
    }
    try live.client.delete(path, recursive: false, freeChunks: false, context)
    try live.remove()
  }

  @Test func kindsClash() throws {
    let live = try LiveCluster()
    let context = LiveCluster.patient
    try live.client.create(
      LiveCluster.directory("d"), in: live.home, precondition: .absent, context)
    try live.client.create(LiveCluster.file("f"), in: live.home, precondition: .absent, context)
    #expect(
      code {
        try live.client.create(LiveCluster.file("d"), in: live.home, precondition: .none, context)
      } == .isDirectory)
    #expect(
      code {
        try live.client.create(
          LiveCluster.directory("f"), in: live.home, precondition: .none, context)
      } == .notDirectory)
    let long = EntryName(unchecked: String(repeating: "x", count: 300))
    #expect(
      code {
        try live.client.create(LiveCluster.file(long), in: live.home, precondition: .none, context)
      } == .nameTooLong)
    try live.remove()
  }

  @Test func deletesFollowTheRules() throws {
    let live = try LiveCluster()
    let context = LiveCluster.patient
    let directory = live.home.child("d")
    try live.client.create(
      LiveCluster.directory("d"), in: live.home, precondition: .absent, context)
    try live.client.create(LiveCluster.file("f"), in: directory, precondition: .absent, context)
    #expect(
      code {
        try live.client.delete(directory, recursive: false, freeChunks: true, context)
      } == .notEmpty)
    try live.client.delete(
      directory.child("f"), recursive: false, freeChunks: true, context)
    try live.client.delete(
      directory.child("f"), recursive: false, freeChunks: true, context)
    try live.client.delete(directory, recursive: false, freeChunks: true, context)
    #expect(code { _ = try live.client.current(directory, context) } == .notFound)
    try live.remove()
  }

  @Test func renamesAndTheirRefusals() throws {
    let live = try LiveCluster()
    let context = LiveCluster.patient
    func make(_ entry: Entry, in directory: EntryPath? = nil) throws {
      try live.client.create(
        entry, in: directory ?? live.home, precondition: .absent, context)
    }
    let (a, b, d, e) = (
      live.home.child("a"), live.home.child("b"), live.home.child("d"),
      live.home.child("e")
    )
    try make(LiveCluster.file("a", content: [1]))
    try make(LiveCluster.file("b", content: [2]))
    try make(LiveCluster.directory("d"))
    try make(LiveCluster.directory("e"))
    let before = try live.client.current(a, context)
    try live.client.rename(a, to: b, context)
    #expect(code { _ = try live.client.current(a, context) } == .notFound)
    let after = try live.client.current(b, context)
    #expect(after.content == [1])
    #expect(after.isSameFile(as: before))
    #expect(code { try live.client.rename(a, to: b, context) } == .notFound)
    #expect(code { try live.client.rename(b, to: d, context) } == .isDirectory)
    #expect(code { try live.client.rename(d, to: b, context) } == .notDirectory)
    #expect(
      code { try live.client.rename(d, to: d.child("x"), context) } == .invalidArgument)
    try live.client.rename(d, to: e, context)
    try live.client.rename(e, to: d.child("deeper"), context)
    #expect(try live.client.current(d.child("deeper"), context).isDirectoryFlag)
    try live.remove()
  }

  @Test func configurationAndStatistics() throws {
    let live = try LiveCluster()
    let configuration = try live.client.configuration(LiveCluster.patient)
    #expect(!configuration.masters.isEmpty)
    #expect(configuration.version.contains("4."))
    let space = try live.client.statistics(LiveCluster.patient)
    #expect(space.totalBytes > 0)
    try live.remove()
  }

  @Test func ordinaryEntryIsMaterializedAsItIs() throws {
    let live = try LiveCluster()
    let context = LiveCluster.patient
    try live.client.create(
      LiveCluster.file("f", content: [1]), in: live.home, precondition: .absent, context)
    let path = live.home.child("f")
    #expect(
      try live.client.materializeRemote(path, context) == live.client.current(path, context))
    try live.remove()
  }
}
