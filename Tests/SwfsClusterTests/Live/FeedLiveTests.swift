import SwfsCore
import SwfsTransport
import Testing

@testable import SwfsCluster

/// What a feed's handler was told.
final class FeedLog: Sendable {
  let messages = Monitor<[FeedMessage]>([])

  func add(_ message: FeedMessage) { messages.update { $0.append(message) } }

  var changes: [ChangeEvent] {
    messages.withLock { $0.compactMap { if case .change(let event) = $0 { event } else { nil } } }
  }

  /// Waits until a change satisfies the condition.
  func wait(
    seconds: Double = 30, for condition: @escaping (ChangeEvent) -> Bool
  ) -> ChangeEvent? {
    messages.wait(until: Deadline(secondsFromNow: seconds)) { messages in
      for case .change(let event) in messages where condition(event) { return event }
      return nil
    }
  }
}

@Suite(.enabled(if: LiveCluster.isThere), .serialized) struct FeedLiveTests {
  private func healthy(_ feed: FilerFeed) -> Bool {
    let deadline = Deadline(secondsFromNow: 30)
    while !feed.isHealthy && !deadline.hasPassed { pause(seconds: 0.02) }
    return feed.isHealthy
  }

  @Test func changesThroughEveryFilerArrive() throws {
    let live = try LiveCluster()
    let feed = FilerFeed(
      LiveCluster.filers, identity: ClientIdentity(name: "watcher"), below: live.home)
    let log = FeedLog()
    feed.start { log.add($0) }
    #expect(healthy(feed))
    for (index, filer) in LiveCluster.filers.enumerated() {
      let writer = FilerClient(FilerCalls([filer], identity: ClientIdentity(name: "writer")))
      let name = EntryName(unchecked: "f\(index)")
      let (path, moved) = (live.home.child(name), live.home.child("m\(name)".entryName))
      try writer.create(
        LiveCluster.file(name, content: [7]), in: live.home, precondition: .absent,
        LiveCluster.patient)
      let created = log.wait { $0.oldEntry == nil && $0.newEntry?.name == name }
      #expect(created?.directory == live.home)
      #expect(created?.newEntry?.content == [7])
      var entry = try writer.current(path, LiveCluster.patient)
      entry.attributes.fileMode = 0o600
      try writer.update(entry, in: live.home, precondition: .none, LiveCluster.patient)
      #expect(log.wait { $0.newEntry?.attributes.fileMode == 0o600 && $0.oldEntry != nil } != nil)
      try writer.rename(path, to: moved, LiveCluster.patient)
      let rename = log.wait { $0.oldEntry?.name == name && $0.newEntry?.name == moved.name }
      #expect(rename?.newDirectory == live.home)
      try writer.delete(moved, recursive: false, freeChunks: true, LiveCluster.patient)
      #expect(log.wait { $0.oldEntry?.name == moved.name && $0.newEntry == nil } != nil)
    }
    feed.stop()
    try live.remove()
  }

  @Test func ownChangesAndNeighboursAreLeftOut() throws {
    let live = try LiveCluster()
    let feed = FilerFeed(LiveCluster.filers, identity: live.calls.identity, below: live.home)
    let log = FeedLog()
    feed.start { log.add($0) }
    #expect(healthy(feed))
    let other = FilerClient(
      FilerCalls(LiveCluster.filers, identity: ClientIdentity(name: "other")))
    try live.client.create(
      LiveCluster.file("mine"), in: live.home, precondition: .absent, LiveCluster.patient)
    let neighbour = "\(live.home.name)-neighbour".entryName
    try other.create(
      LiveCluster.file(neighbour), in: .root, precondition: .absent, LiveCluster.patient)
    try other.create(
      LiveCluster.file("theirs"), in: live.home, precondition: .absent, LiveCluster.patient)
    #expect(log.wait { $0.newEntry?.name == "theirs" } != nil)
    #expect(!log.changes.contains { $0.newEntry?.name == "mine" })
    #expect(!log.changes.contains { $0.newEntry?.name == neighbour })
    feed.stop()
    let count = log.messages.withLock { $0.count }
    try other.create(
      LiveCluster.file("late"), in: live.home, precondition: .absent, LiveCluster.patient)
    pause(seconds: 0.3)
    #expect(log.messages.withLock { $0.count } == count)
    try other.delete(
      EntryPath.root.child(neighbour), recursive: false, freeChunks: true, LiveCluster.patient)
    try live.remove()
  }

  @Test func filerThatDoesNotExistKeepsTheFeedUnhealthy() throws {
    let nowhere = try ServerAddress(parsing: "127.0.0.1:1.1")
    let feed = FilerFeed(
      LiveCluster.filers + [nowhere], identity: ClientIdentity(name: "w"), below: .root)
    feed.start { _ in }
    pause(seconds: 1)
    #expect(!feed.isHealthy)
    feed.stop()
  }
}

extension String {
  var entryName: EntryName { EntryName(unchecked: self) }
}
