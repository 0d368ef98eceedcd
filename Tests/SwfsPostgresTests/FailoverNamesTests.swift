import SwfsCore
import SwfsObserve
import Synchronization
import Testing

@testable import SwfsPostgres

struct FailoverNamesTests {
  @Test func healthyPrimaryIsAskedAlone() throws {
    let (primary, fallback) = (FakeNames("sql"), FakeNames("filer"))
    let names = failover(primary, fallback)
    #expect(try source(names) == "sql")
    #expect(fallback.calls == 0)
    #expect(names.isOnPrimary)
  }

  @Test(arguments: [FSError.Code.unavailable, .remote, .timedOut, .unsupported])
  func failedCallItselfIsAnsweredByTheFilers(code: FSError.Code) throws {
    let (primary, fallback) = (FakeNames("sql"), FakeNames("filer"))
    primary.set(.fail(code))
    let names = failover(primary, fallback)
    #expect(try source(names) == "filer")
    #expect(!names.isOnPrimary)
    // And the following ones do not try SQL first.
    let asked = primary.calls
    #expect(try source(names) == "filer")
    #expect(primary.calls == asked)
    names.stop()
  }

  @Test func slowPrimaryIsLeftWithinASecond() throws {
    let (primary, fallback) = (FakeNames("sql"), FakeNames("filer"))
    primary.set(.hang)
    let names = failover(primary, fallback, slowSeconds: 0.2)
    #expect(try source(names) == "filer")
    #expect(!names.isOnPrimary)
    names.stop()
  }

  @Test(arguments: [FSError.Code.notFound, .corrupt])
  func answersAboutTheEntryAreNotFailures(code: FSError.Code) throws {
    let (primary, fallback) = (FakeNames("sql"), FakeNames("filer"))
    primary.set(.fail(code))
    let names = failover(primary, fallback)
    let error = #expect(throws: FSError.self) { try names.lookup("/x", .test()) }
    #expect(error?.code == code)
    #expect(names.isOnPrimary)
    #expect(fallback.calls == 0)
  }

  @Test func interruptIsPassedOnWithoutBlame() throws {
    let (primary, fallback) = (FakeNames("sql"), FakeNames("filer"))
    primary.set(.hang)
    let names = failover(primary, fallback, slowSeconds: 30)
    let context = OperationContext.test()
    startThread("interrupter") {
      pause(seconds: 0.1)
      context.interrupt()
    }
    let error = #expect(throws: FSError.self) { try names.lookup("/x", context) }
    #expect(error?.code == .interrupted)
    #expect(names.isOnPrimary)
    #expect(fallback.calls == 0)
  }

  @Test func callersOwnDeadlineIsNoFailureOfThePrimary() throws {
    let (primary, fallback) = (FakeNames("sql"), FakeNames("filer"))
    primary.set(.hang)
    let names = failover(primary, fallback, slowSeconds: 30)
    let error = #expect(throws: FSError.self) { try names.lookup("/x", .test(seconds: 0.1)) }
    #expect(error?.code == .timedOut)
    #expect(names.isOnPrimary)
  }

  @Test func probeBringsThePrimaryBack() throws {
    let (primary, fallback) = (FakeNames("sql"), FakeNames("filer"))
    primary.set(.fail(.unavailable))
    let names = failover(primary, fallback)
    #expect(try source(names) == "filer")
    primary.set(.answer)
    try waitFor { names.isOnPrimary }
    #expect(try source(names) == "sql")
  }

  @Test func stalledFilersGiveWayToARecoveredPrimary() throws {
    let (primary, fallback) = (FakeNames("sql"), FakeNames("filer"))
    primary.set(.fail(.unavailable))
    fallback.set(.hang)
    let names = failover(primary, fallback)
    startThread("recovery") {
      pause(seconds: 0.3)
      primary.set(.answer)
    }
    // Far below the caller's deadline, although the filers would use all of it.
    #expect(try names.lookup("/x", .test(seconds: 60)).attributes.userName == "sql")
  }

  @Test func bothDownEndsAtTheDeadline() throws {
    let (primary, fallback) = (FakeNames("sql"), FakeNames("filer"))
    primary.set(.fail(.unavailable))
    fallback.set(.fail(.unavailable))
    let names = failover(primary, fallback)
    let error = #expect(throws: FSError.self) { try names.lookup("/x", .test(seconds: 0.5)) }
    #expect(error?.code == .unavailable || error?.code == .timedOut)
    names.stop()
  }

  @Test func startOnTheFilersWhenTheFirstCheckFailed() throws {
    let (primary, fallback) = (FakeNames("sql"), FakeNames("filer"))
    let names = failover(primary, fallback)
    primary.set(.fail(.unavailable))
    names.startOnFallback(because: FSError(.unavailable, "no table"))
    #expect(try source(names) == "filer")
    names.stop()
  }

  @Test func listingThatChangesSidesHasEveryNameOnce() throws {
    let (primary, fallback) = (FakeNames("sql"), FakeNames("filer"))
    let names = failover(primary, fallback)
    var seen: [EntryName] = []
    var after: EntryName?
    var pages = 0
    while true {
      let page = try names.list("/d", after: after, limit: 7, .test())
      seen += page.rows.map(\.name)
      after = page.lastName
      pages += 1
      if page.isLast { break }
      // Away after the second page, back after the fifth.
      if pages == 2 { primary.set(.fail(.unavailable)) }
      if pages == 5 {
        primary.set(.answer)
        try waitFor { names.isOnPrimary }
      }
    }
    #expect(seen == FakeNames.listed)
    #expect(fallback.calls == 3)
    names.stop()
  }

  private func failover(
    _ primary: FakeNames, _ fallback: FakeNames, slowSeconds: Double = 5
  ) -> FailoverNames {
    FailoverNames(primary: primary, fallback: fallback, slowSeconds: slowSeconds) {
      (context) throws(FSError) in _ = try primary.probe(context)
    }
  }

  /// Who answered.
  private func source(_ names: FailoverNames) throws -> String {
    try names.lookup("/x", .test()).attributes.userName
  }

  private func waitFor(_ condition: () -> Bool) throws {
    let deadline = Deadline(secondsFromNow: 30)
    while !condition() {
      try #require(!deadline.hasPassed)
      pause(seconds: 0.02)
    }
  }
}

/// A source that answers, fails or never answers, as told.
private final class FakeNames: NameSource {
  enum Behaviour {
    case answer
    case fail(FSError.Code)
    case hang
  }

  static let listed: [EntryName] = (100..<150).map { EntryName(unchecked: "name-\($0)") }

  private let label: String
  private let state = Mutex((behaviour: Behaviour.answer, calls: 0))

  init(_ label: String) { self.label = label }

  var calls: Int { state.withLock { $0.calls } }
  func set(_ behaviour: Behaviour) { state.withLock { $0.behaviour = behaviour } }

  func probe(_ context: OperationContext) throws(FSError) { try act(context) }

  func lookup(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry {
    state.withLock { $0.calls += 1 }
    try act(context)
    var entry = Entry(name: path.name, attributes: StoredAttributes())
    entry.attributes.userName = label
    return entry
  }

  func list(
    _ directory: EntryPath, after: EntryName?, limit: Int, _ context: OperationContext
  ) throws(FSError) -> ListingPage {
    state.withLock { $0.calls += 1 }
    try act(context)
    let rest = Self.listed.filter { name in after.map { $0 < name } ?? true }
    let rows = rest.prefix(limit).map {
      ListingRow(
        name: $0,
        content: .attributes(FileAttributes(mode: FileMode(kind: .regular, permissions: 0o644))))
    }
    return ListingPage(
      rows: rows, lastName: rows.last?.name ?? after, isLast: rest.count <= limit)
  }

  private func act(_ context: OperationContext) throws(FSError) {
    switch state.withLock({ $0.behaviour }) {
    case .answer: return
    case .fail(let code): throw FSError(code, "as told")
    case .hang: try context.sleep(seconds: 3600, label)
    }
  }
}
