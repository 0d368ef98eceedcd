import Glibc
import SwfsCore
import Synchronization
import Testing

@testable import SwfsPostgres

@Suite(.enabled(if: TestServer.isAvailable))
struct PostgresPoolTests {
  private static let one = PostgresStatement(name: "one", sql: "SELECT 1::int8", types: [])
  private static let sleep = PostgresStatement(
    name: "sleep", sql: "SELECT 1::int8 FROM pg_sleep(60)", types: [])

  @Test func boundedNumberOfConnectionsServesManyThreads() throws {
    let server = try TestServer.shared.get()
    let pool = PostgresPool(try PostgresSettings(conninfo: server.conninfo), size: 3)
    defer { pool.close() }
    let finished = Monitor(0)
    for number in 0..<40 {
      startThread("caller") {
        let sum = try? pool.fold(Self.one, [], into: Int64(0), .test()) { $0 += $1.int8(0) ?? 0 }
        finished.update { $0 += sum == 1 ? 1 : 1000 + number }
      }
    }
    let total = finished.wait(until: Deadline(secondsFromNow: 60)) { $0 >= 40 ? $0 : nil }
    #expect(total == 40)
    #expect(pool.health.open <= 3)
    // One may still be logging in for a caller that was served by another meanwhile.
    let settled = Deadline(secondsFromNow: 30)
    while pool.health.open != pool.health.idle && !settled.hasPassed { pause(seconds: 0.02) }
    #expect(pool.health.open == pool.health.idle)
  }

  @Test func sessionIsReadyForShortPlans() throws {
    let database = try TestDatabase()
    let setting = try database.pool.fold(
      PostgresStatement(
        name: "plan",
        sql: """
          SELECT current_setting('plan_cache_mode') || ' ' || current_setting('enable_sort')
            || ' ' || current_setting('client_encoding')
          """, types: []), [], into: "", .test()
    ) { $0 = $1.text(0) ?? "" }
    #expect(setting == "force_custom_plan off UTF8")
  }

  @Test func deadlineEndsAQueryAndThePoolGoesOn() throws {
    let server = try TestServer.shared.get()
    let pool = PostgresPool(try PostgresSettings(conninfo: server.conninfo), size: 1)
    defer { pool.close() }
    let error = #expect(throws: FSError.self) {
      try pool.fold(Self.sleep, [], into: 0, .test(seconds: 0.3)) { _, _ in }
    }
    #expect(error?.code == .timedOut)
    #expect(try pool.fold(Self.one, [], into: 0, .test()) { count, _ in count += 1 } == 1)
  }

  @Test func interruptEndsAQuery() throws {
    let server = try TestServer.shared.get()
    let pool = PostgresPool(try PostgresSettings(conninfo: server.conninfo), size: 1)
    defer { pool.close() }
    let context = OperationContext.test(seconds: 60)
    startThread("interrupter") {
      pause(seconds: 0.3)
      context.interrupt()
    }
    let started = Deadline.now
    let error = #expect(throws: FSError.self) {
      try pool.fold(Self.sleep, [], into: 0, context) { _, _ in }
    }
    #expect(error?.code == .interrupted)
    #expect(Deadline.now - started < 30_000_000_000)
  }

  @Test func fullPoolIsWaitedForUpToTheDeadline() throws {
    let server = try TestServer.shared.get()
    let pool = PostgresPool(try PostgresSettings(conninfo: server.conninfo), size: 1)
    defer { pool.close() }
    let holder = OperationContext.test(seconds: 60)
    startThread("holder") {
      _ = try? pool.fold(Self.sleep, [], into: 0, holder) { _, _ in }
    }
    while pool.health.open == 0 || pool.health.idle > 0 { pause(seconds: 0.02) }
    let error = #expect(throws: FSError.self) {
      try pool.fold(Self.one, [], into: 0, .test(seconds: 0.3)) { _, _ in }
    }
    #expect(error?.code == .timedOut)
    holder.interrupt()
    #expect(try pool.fold(Self.one, [], into: 0, .test()) { count, _ in count += 1 } == 1)
  }

  @Test func refusedStatementKeepsItsConnection() throws {
    let server = try TestServer.shared.get()
    let pool = PostgresPool(try PostgresSettings(conninfo: server.conninfo), size: 1)
    defer { pool.close() }
    let bad = PostgresStatement(name: "bad", sql: "SELECT 1/0", types: [])
    let error = #expect(throws: FSError.self) {
      try pool.fold(bad, [], into: 0, .test()) { _, _ in }
    }
    #expect(error?.code == .remote)
    #expect(error?.message.contains("22012") == true)
    #expect(pool.health.idle == 1)
  }

  /// What PgBouncer's transaction mode does to prepared statements.
  @Test func forgottenStatementTurnsToUnpreparedOnes() throws {
    let server = try TestServer.shared.get()
    let pool = PostgresPool(try PostgresSettings(conninfo: server.conninfo), size: 1)
    defer { pool.close() }
    #expect(try pool.fold(Self.one, [], into: 0, .test()) { count, _ in count += 1 } == 1)
    let forget = PostgresStatement(name: "forget", sql: "DEALLOCATE ALL", types: [])
    _ = try pool.fold(forget, [], into: 0, .test()) { _, _ in }
    #expect(!pool.health.isPlain)
    #expect(try pool.fold(Self.one, [], into: 0, .test()) { count, _ in count += 1 } == 1)
    #expect(pool.health.isPlain)
    #expect(try pool.fold(Self.one, [], into: 0, .test()) { count, _ in count += 1 } == 1)
  }

  @Test func sessionEndedByTheServerCostsNoError() throws {
    let server = try TestServer.shared.get()
    let pool = PostgresPool(try PostgresSettings(conninfo: server.conninfo), size: 1)
    defer { pool.close() }
    let admin = PostgresPool(try PostgresSettings(conninfo: server.conninfo), size: 1)
    defer { admin.close() }
    let identity = PostgresStatement(name: "pid", sql: "SELECT pg_backend_pid()::int8", types: [])
    func session() throws -> Int64 {
      try pool.fold(identity, [], into: 0, .test()) { $0 = $1.int8(0) ?? 0 }
    }
    let first = try session()
    let terminate = PostgresStatement(
      name: "end", sql: "SELECT pg_terminate_backend($1::int4, 10000)", types: [.int8])
    _ = try admin.fold(terminate, [.int8(first)], into: 0, .test()) { _, _ in }
    #expect(try session() != first)
  }

  @Test func closedPoolRefuses() throws {
    let server = try TestServer.shared.get()
    let pool = PostgresPool(try PostgresSettings(conninfo: server.conninfo))
    _ = try pool.fold(Self.one, [], into: 0, .test()) { _, _ in }
    pool.close()
    let error = #expect(throws: FSError.self) {
      try pool.fold(Self.one, [], into: 0, .test()) { _, _ in }
    }
    #expect(error?.code == .unavailable)
    #expect(pool.health.open == 0)
  }

  @Test func wrongPasswordIsTold() throws {
    try #require(TestServer.canStart)
    let server = try TestServer()
    let database = try TestDatabase(on: server)
    try database.run("CREATE ROLE with_password")
    try database.run("CREATE ROLE guarded LOGIN PASSWORD 'right' IN ROLE with_password")
    try database.run("GRANT SELECT ON filemeta TO guarded")
    func check(_ password: String) throws {
      let pool = PostgresPool(
        try PostgresSettings(conninfo: database.conninfo + " user=guarded password=" + password))
      defer { pool.close() }
      try PostgresNames(pool: pool).check(.test())
    }
    try check("right")
    let error = #expect(throws: FSError.self) { try check("wrong") }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("password authentication failed") == true)
    #expect(error?.message.contains("wrong\"") == false)
  }

  @Test func nextHostIsTakenWhenOneIsAway() throws {
    let server = try TestServer.shared.get()
    try #require(server.directory != nil)
    let directory = try #require(server.directory)
    let pool = PostgresPool(
      try PostgresSettings(
        conninfo: "host=/nonexistent,\(directory) user=postgres dbname=postgres"), size: 1)
    defer { pool.close() }
    #expect(try pool.fold(Self.one, [], into: 0, .test()) { count, _ in count += 1 } == 1)
  }

  @Test func everyHostsReasonIsTold() throws {
    let pool = PostgresPool(
      try PostgresSettings(conninfo: "host=/nonexistent/a,/nonexistent/b user=u dbname=d"))
    defer { pool.close() }
    let error = #expect(throws: FSError.self) {
      try pool.fold(Self.one, [], into: 0, .test()) { _, _ in }
    }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("/nonexistent/a") == true)
    #expect(error?.message.contains("/nonexistent/b") == true)
    #expect(pool.health.open == 0)
  }

  /// A listener that never speaks: like a frozen server, it must cost a time-out and not a hang.
  @Test func silentHostIsLeftForTheNextOne() throws {
    let server = try TestServer.shared.get()
    let directory = try #require(server.directory)
    let listener = try SilentListener()
    let pool = PostgresPool(
      try PostgresSettings(
        conninfo: "host=\(listener.directory),\(directory) user=postgres dbname=postgres"),
      size: 1)
    defer { pool.close() }
    let error = #expect(throws: FSError.self) {
      try pool.fold(Self.one, [], into: 0, .test(seconds: 0.3)) { _, _ in }
    }
    #expect(error?.code == .timedOut)
    #expect(try pool.fold(Self.one, [], into: 0, .test()) { count, _ in count += 1 } == 1)
  }
}

/// A unix socket where libpq looks for a server, accepting (by its backlog) and never answering.
private final class SilentListener {
  let directory: String
  private let descriptor: Int32

  init() throws {
    directory = try Shell.run("mktemp -d /tmp/swfs-pg-silent-XXXXXX").trimmedLine
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = UInt16(AF_UNIX)
    let path = Array((directory + "/.s.PGSQL.5432").utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
    try #require(listen(descriptor, 8) == 0)
  }

  deinit {
    close(descriptor)
    unlink(directory + "/.s.PGSQL.5432")
    rmdir(directory)
  }
}
