import SwfsCore
import SwfsTransport
import Testing

@testable import SwfsCluster

@Suite(.enabled(if: LiveCluster.isThere), .serialized) struct ListingLiveTests {
  @Test func pagesAscendAndEnd() throws {
    let live = try LiveCluster()
    let context = LiveCluster.patient
    let expected = (0..<25).map { "f\($0 + 10)" } + ["ä", "ä-longer", "Z"]
    for name in expected {
      try live.client.create(
        LiveCluster.file(name.entryName, content: [1, 2]), in: live.home, precondition: .absent,
        context)
    }
    var names: [EntryName] = []
    var after: EntryName?
    while true {
      let page = try live.names.list(live.home, after: after, limit: 10, context)
      for row in page.rows {
        names.append(row.name)
        guard case .attributes(let attributes) = row.content else {
          Issue.record("\(row)")
          continue
        }
        #expect(attributes.size == 2)
      }
      after = page.lastName
      if page.isLast { break }
    }
    #expect(names == expected.map(\.entryName).sorted())
    try live.remove()
  }

  @Test func listingAgreesWithLookup() throws {
    let live = try LiveCluster()
    let context = LiveCluster.patient
    var entry = EntryProtoTests.everyField()
    entry.name = "f"
    entry.isDirectoryFlag = false
    entry.attributes.ttlSeconds = 0
    entry.chunks = [entry.chunks[0]]
    entry.chunks[0].isManifest = false
    entry.remote = nil
    try live.client.create(entry, in: live.home, precondition: .absent, context)
    try live.client.create(
      LiveCluster.directory("d"), in: live.home, precondition: .absent, context)
    for row in try live.names.list(live.home, after: nil, limit: 100, context).rows {
      let looked = try live.names.lookup(live.home.appending(row.name), context)
      #expect(row.content == .attributes(try looked.fileAttributes()))
    }
    try live.client.delete(
      live.home.appending("f" as EntryName), recursive: false, freeChunks: false, context)
    try live.remove()
  }

  @Test func missingDirectoryIsEmpty() throws {
    let live = try LiveCluster()
    let page = try live.names.list(
      live.home.child("no"), after: nil, limit: 10, LiveCluster.patient)
    #expect(page.rows.isEmpty)
    #expect(page.isLast)
    try live.remove()
  }

  @Test func expiredEntriesAreLeftOut() throws {
    let live = try LiveCluster()
    let context = LiveCluster.patient
    for index in 0..<30 {
      var entry = LiveCluster.file("f\(index + 10)".entryName)
      if index % 3 == 0 {
        entry.attributes.crtime -= 3600
        entry.attributes.ttlSeconds = 60
      }
      try live.client.create(entry, in: live.home, precondition: .absent, context)
    }
    let page = try live.names.list(live.home, after: nil, limit: 1000, context)
    #expect(page.rows.count == 20)
    #expect(page.rows.map(\.name) == page.rows.map(\.name).sorted())
    try live.remove()
  }

  @Test func manyDirectoriesAtOnce() throws {
    let live = try LiveCluster()
    let context = LiveCluster.patient
    var directories: [EntryPath] = []
    for name in ["a", "b", "c"] {
      let path = live.home.appending(name.entryName)
      directories.append(path)
      try live.client.create(
        LiveCluster.directory(path.name), in: live.home, precondition: .absent, context)
      try live.client.create(
        LiveCluster.file("in-\(name)".entryName), in: path, precondition: .absent, context)
    }
    let pages = try live.names.list(many: directories, limitEach: 5, context)
    #expect(pages.map { $0.rows.map(\.name.string) } == [["in-a"], ["in-b"], ["in-c"]])
    try live.remove()
  }
}
