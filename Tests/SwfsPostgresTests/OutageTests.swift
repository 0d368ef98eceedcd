import SwfsCore
import SwfsObserve
import Testing

@testable import SwfsPostgres

/// A PostgreSQL that is killed, frozen and started again under a listing.
@Suite(.enabled(if: TestServer.canStart))
struct OutageTests {
  private static let names: [EntryName] = (1000..<1600).map { EntryName(unchecked: "f\($0)") }

  @Test func killedServerDuringAListing() throws {
    let server = try TestServer()
    try listThroughOutage {
      try server.kill()
    } recover: {
      try server.start()
    } on: {
      server
    }
  }

  @Test func frozenServerDuringAListing() throws {
    let server = try TestServer()
    try listThroughOutage {
      try server.freeze()
    } recover: {
      try server.thaw()
    } on: {
      server
    }
  }

  /// Lists in small pages; the fault comes after the second one. The "filers" are a second database
  /// with the same rows.
  private func listThroughOutage(
    _ fault: () throws -> Void, recover: () throws -> Void, on server: () -> TestServer
  ) throws {
    let database = try TestDatabase(on: server())
    let filers = try TestDatabase()
    for name in Self.names {
      try database.insert(meta: [], name: name, in: "/d")
      try filers.insert(meta: [], name: name, in: "/d")
    }
    let failover = FailoverNames(postgres: database.names, fallback: filers.names)
    defer { failover.stop() }
    var seen: [EntryName] = []
    var after: EntryName?
    var pages = 0
    while true {
      let started = Deadline.now
      let page = try failover.list("/d", after: after, limit: 50, .test())
      if pages == 2 {
        print("page after the fault took \((Deadline.now - started) / 1_000_000) ms")
        #expect(!failover.isOnPrimary)
      }
      seen += page.rows.map(\.name)
      after = page.lastName
      pages += 1
      if page.isLast { break }
      if pages == 2 { try fault() }
    }
    #expect(seen == Self.names)
    try recover()
    let deadline = Deadline(secondsFromNow: 60)
    while !failover.isOnPrimary {
      try #require(!deadline.hasPassed)
      pause(seconds: 0.05)
    }
    #expect(try wholeListing(failover, "/d", limit: 1000).map(\.name) == Self.names)
  }
}
