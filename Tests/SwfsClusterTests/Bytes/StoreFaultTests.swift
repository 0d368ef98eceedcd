import SwfsCore
import SwfsTestKit
import Testing

@testable import SwfsCluster

/// The store against servers that misbehave on purpose.
struct StoreFaultTests {
  static let content = Array("the quick brown fox".utf8)

  /// Serves `content` as a needle; optionally with another checksum.
  static func needle(
    _ request: FaultServer.Request, etag: String? = nil
  ) -> FaultServer.Answer {
    let range = request.headers["range"]?.dropFirst("bytes=".count).split(separator: "-")
    let first = Int(range?.first ?? "0") ?? 0
    let last = min(Int(range?.last ?? "0") ?? 0, content.count - 1)
    guard first <= last else { return .reply(416) }
    return .reply(
      206,
      headers: [
        "ETag": "\"\(etag ?? content.withUnsafeBytes { NeedleChecksum.etag($0) })\"",
        "Content-Range": "bytes \(first)-\(last)/\(content.count)",
      ], body: Array(content[first...last]))
  }

  static func isHealthCheck(_ request: FaultServer.Request) -> Bool {
    request.target == "/healthz"
  }

  static func stored(_ request: FaultServer.Request) -> FaultServer.Answer {
    guard request.method == "PUT" else { return .reply(202) }
    let etag = request.body.withUnsafeBytes { NeedleChecksum.etag($0) }
    return .reply(
      201, headers: ["Etag": "\"\(etag)\""],
      body: Array("{\"name\":\"x\",\"size\":\(request.body.count),\"eTag\":\"\(etag)\"}".utf8))
  }

  static func store(
    _ ports: FixedPorts, security: SecurityConfiguration = SecurityConfiguration(),
    _ configure: (inout VolumeChunkStoreOptions) -> Void = { _ in }
  ) -> VolumeChunkStore {
    var options = VolumeChunkStoreOptions()
    options.readStallSeconds = 0.5
    options.uploadStallSeconds = 0.5
    options.hedgeAfterSeconds = 20
    options.unknownVolumePatienceSeconds = 0.2
    configure(&options)
    return VolumeChunkStore(ids: ports, locator: ports, security: security, options: options)
  }

  static let chunk = Chunk(
    fid: FileID(volume: 7, key: 0, cookie: 1), offset: 0, size: UInt64(content.count),
    modifiedNanoseconds: 1)

  static func read(
    _ store: VolumeChunkStore, _ chunk: Chunk = chunk, offset: UInt64 = 0,
    count: Int = content.count, seconds: Double = 60
  ) throws(FSError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    var failure: FSError?
    buffer.withUnsafeMutableBytes {
      do throws(FSError) {
        try store.read(chunk, needleOffset: offset, into: $0, .background(seconds: seconds))
      } catch { failure = error }
    }
    if let failure { throw failure }
    return buffer
  }

  static func upload(
    _ store: VolumeChunkStore, _ bytes: [UInt8] = content, seconds: Double = 60
  ) throws(FSError) -> Chunk {
    var result: Result<Chunk, FSError>?
    bytes.withUnsafeBytes { bytes in
      do throws(FSError) {
        result = .success(
          try store.upload(
            bytes, placement: ChunkPlacement(path: "/d/f"), .background(seconds: seconds)))
      } catch { result = .failure(error) }
    }
    guard let result else { throw FSError(.remote, "no result") }
    return try result.get()
  }

  // MARK: Reading

  @Test(arguments: [
    FaultServer.Answer.reply(404), .reply(500), .reply(429), .close, .reply(301),
    .raw(Array("HTTP/1.1 206 OK\r\nContent-Length: 19\r\n\r\nthe quick".utf8)),
    .reply(206, headers: ["Content-Range": "bytes 0-2/3"], body: [1, 2, 3]), .silence,
  ])
  func otherReplicaAnswersInstead(of bad: FaultServer.Answer) throws {
    let first = try FaultServer { _ in bad }
    let second = try FaultServer { Self.needle($0) }
    let ports = FixedPorts([(7, [first.server, second.server])])
    #expect(try Self.read(Self.store(ports)) == Self.content)
    #expect(first.requests.contains { !Self.isHealthCheck($0) })
  }

  @Test func damagedReplicaIsNotBelieved() throws {
    let damaged = try FaultServer { Self.needle($0, etag: "12345678") }
    let good = try FaultServer { Self.needle($0) }
    let ports = FixedPorts([(7, [damaged.server, good.server])])
    #expect(try Self.read(Self.store(ports)) == Self.content)
    #expect(damaged.requests.count >= 1)
  }

  @Test func damageEverywhereIsCorrupt() throws {
    let damaged = try FaultServer { Self.needle($0, etag: "12345678") }
    let ports = FixedPorts([(7, [damaged.server])])
    let error = #expect(throws: FSError.self) { try Self.read(Self.store(ports)) }
    #expect(error?.code == .corrupt)
  }

  @Test func partOfANeedleIsNotComparedWithItsChecksum() throws {
    let server = try FaultServer { Self.needle($0, etag: "12345678") }
    let ports = FixedPorts([(7, [server.server])])
    let part = try Self.read(Self.store(ports), offset: 4, count: 5)
    #expect(part == Array("quick".utf8))
  }

  @Test func gzipNeedleIsNotComparedWithItsChecksum() throws {
    let server = try FaultServer { request in
      request.method == "HEAD"
        ? .reply(200, headers: ["Content-Encoding": "gzip"])
        : Self.needle(request, etag: "12345678")
    }
    let store = Self.store(FixedPorts([(7, [server.server])]))
    #expect(try Self.read(store) == Self.content)
    #expect(try Self.read(store) == Self.content)
    // Known by the second time.
    #expect(server.requests.filter { $0.method == "HEAD" }.count == 1)
  }

  @Test func missingEverywhereIsReportedAfterOneFreshLookup() throws {
    let servers = try (0..<2).map { _ in try FaultServer { _ in .reply(404) } }
    let ports = FixedPorts([(7, servers.map(\.server))])
    let error = #expect(throws: FSError.self) { try Self.read(Self.store(ports)) }
    #expect(error?.code == .chunkMissing)
    #expect(ports.lookups == 2)
  }

  @Test func missingHereAndDeadThereIsAnOutageNotALoss() throws {
    let missing = try FaultServer { _ in .reply(404) }
    let dead = try FaultServer { _ in .close }
    dead.stop()
    let ports = FixedPorts([(7, [missing.server, dead.server])])
    let error = #expect(throws: FSError.self) { try Self.read(Self.store(ports), seconds: 1) }
    #expect(error?.code == .timedOut)
    #expect(error?.causes.isEmpty == false)
  }

  @Test func unknownVolumeIsMissingAfterSomePatience() throws {
    let error = #expect(throws: FSError.self) { try Self.read(Self.store(FixedPorts([]))) }
    #expect(error?.code == .chunkMissing)
  }

  @Test func refusalEverywhereIsAccessDenied() throws {
    let server = try FaultServer { _ in .reply(401) }
    let ports = FixedPorts([(7, [server.server])])
    let error = #expect(throws: FSError.self) { try Self.read(Self.store(ports)) }
    #expect(error?.code == .accessDenied)
  }

  @Test func serverThatRecoversIsReadInTheEnd() throws {
    let server = try FaultServer { request in
      request.number < 3 ? .reply(503) : Self.needle(request)
    }
    #expect(try Self.read(Self.store(FixedPorts([(7, [server.server])]))) == Self.content)
  }

  @Test func silentReplicaIsHedgedAndPutLast() throws {
    let silent = try FaultServer { _ in .silence }
    let good = try FaultServer { Self.needle($0) }
    let ports = FixedPorts([(7, [silent.server, good.server])])
    let store = Self.store(ports) {
      $0.hedgeAfterSeconds = 0.05
      $0.readStallSeconds = 30
    }
    for _ in 0..<5 { #expect(try Self.read(store) == Self.content) }
    #expect(silent.requests.filter { !Self.isHealthCheck($0) }.count == 1)
    #expect(store.health.isSuspect(silent.server))
  }

  @Test func suspectComesBackByItsProbe() throws {
    let server = try FaultServer { _ in .reply(200) }
    let store = Self.store(FixedPorts([(7, [server.server])]))
    store.health.failed(server.server, "test")
    let limit = Deadline(secondsFromNow: 30)
    while store.health.isSuspect(server.server) && !limit.hasPassed { pause(seconds: 0.05) }
    #expect(!store.health.isSuspect(server.server))
  }

  @Test func gatewayEncryptedChunkIsRefused() throws {
    var chunk = Self.chunk
    chunk.sseType = 3
    let error = #expect(throws: FSError.self) {
      try Self.read(Self.store(FixedPorts([])), chunk)
    }
    #expect(error?.code == .accessDenied)
  }

  @Test func needleThatDoesNotDecryptIsCorrupt() throws {
    let server = try FaultServer { Self.needle($0) }
    var chunk = Self.chunk
    for key in [[UInt8](repeating: 1, count: 32), [1, 2, 3]] {
      chunk.cipherKey = key
      let error = #expect(throws: FSError.self) {
        try Self.read(Self.store(FixedPorts([(7, [server.server])])), chunk, count: 2)
      }
      #expect(error?.code == .corrupt)
    }
  }

  @Test func manifestThatListsItselfEnds() throws {
    let body = ManifestBytes.manifest([
      (fid: FileID(volume: 7, key: 9, cookie: 1), offset: 0, size: 1, isManifest: true)
    ])
    let server = try FaultServer { _ in
      .reply(
        206, headers: ["Content-Range": "bytes 0-\(body.count - 1)/\(body.count)"], body: body)
    }
    var chunk = Self.chunk
    chunk.isManifest = true
    let store = Self.store(FixedPorts([(7, [server.server])]))
    let error = #expect(throws: FSError.self) {
      try store.expandManifests([chunk], .background(seconds: 60))
    }
    #expect(error?.code == .corrupt)
  }

  @Test func unreadableManifestIsAnErrorNotZeros() throws {
    let server = try FaultServer { _ in .reply(404) }
    var chunk = Self.chunk
    chunk.isManifest = true
    let store = Self.store(FixedPorts([(7, [server.server])]))
    let error = #expect(throws: FSError.self) {
      try store.expandManifests([chunk], .background(seconds: 60))
    }
    #expect(error?.code == .chunkMissing)
  }

  // MARK: Writing

  @Test(arguments: [
    FaultServer.Answer.reply(500), .reply(401), .reply(429), .reply(404), .close, .silence,
    .reply(201, headers: ["Etag": "\"00000000\""], body: Array("{\"size\":19}".utf8)),
    .reply(201, body: Array("{\"name\":\"x\",\"size\":3,\"eTag\":\"\"}".utf8)),
    .raw(Array("HTTP/1.1 201 OK\r\nContent-Length: 19\r\n\r\n{".utf8)),
  ])
  func failedUploadIsRepeatedUnderAnotherID(answer: FaultServer.Answer) throws {
    let bad = try FaultServer { _ in answer }
    let good = try FaultServer { Self.stored($0) }
    let ports = FixedPorts([(1, [bad.server]), (2, [good.server])])
    let chunk = try Self.upload(Self.store(ports))
    #expect(chunk.fid?.volume == 2)
    #expect(chunk.size == UInt64(Self.content.count))
    #expect(good.requests.first { $0.method == "PUT" }?.body == Self.content)
  }

  @Test func refusedUploadIsFinal() throws {
    let server = try FaultServer { _ in
      .reply(400, body: Array("file over the limited 268435456 bytes".utf8))
    }
    let error = #expect(throws: FSError.self) {
      try Self.upload(Self.store(FixedPorts([(1, [server.server])])))
    }
    #expect(error?.code == .fileTooLarge)
    #expect(server.requests.filter { $0.method == "PUT" }.count == 1)
  }

  @Test func sameContentAgainIsSuccess() throws {
    let server = try FaultServer { _ in .reply(204) }
    _ = try Self.upload(Self.store(FixedPorts([(1, [server.server])])))
  }

  @Test func fullDisksEverywhereAreNoSpace() throws {
    let server = try FaultServer { _ in
      .reply(500, body: Array("write /data/1.dat: no space left on device".utf8))
    }
    let error = #expect(throws: FSError.self) {
      try Self.upload(Self.store(FixedPorts([(1, [server.server])])))
    }
    #expect(error?.code == .noSpace)
  }

  @Test func uploadGivesUpAtItsDeadlineAndSaysWhy() throws {
    let server = try FaultServer { _ in .reply(500, body: Array("disk on fire".utf8)) }
    let error = #expect(throws: FSError.self) {
      try Self.upload(Self.store(FixedPorts([(1, [server.server])])), seconds: 0.5)
    }
    #expect(error?.code == .timedOut)
    #expect(error?.causes.first?.contains("disk on fire") == true)
  }

  @Test func deadServerIsAvoidedByTheNextUploads() throws {
    let dead = try FaultServer { _ in .close }
    dead.stop()
    let good = try FaultServer { Self.stored($0) }
    let ports = FixedPorts([(1, [dead.server]), (2, [good.server])])
    let store = Self.store(ports)
    for _ in 0..<10 { #expect(try Self.upload(store).fid?.volume == 2) }
  }

  @Test func tokenAndOptionsTravelWithTheUpload() throws {
    let server = try FaultServer { Self.stored($0) }
    let ports = FixedPorts([(1, [server.server])], jwt: "a.b.c")
    let store = Self.store(ports) { $0.fsync = true }
    let placement = ChunkPlacement(path: "/d/f", ttlSeconds: 300)
    _ = try Self.content.withUnsafeBytes {
      try store.upload($0, placement: placement, .background(seconds: 60))
    }
    let request = try #require(server.requests.first)
    #expect(request.headers["authorization"] == "BEARER a.b.c")
    #expect(request.target.hasSuffix("?fsync=true&ttl=5m"))
  }

  @Test func readTokenIsSigned() throws {
    let server = try FaultServer { Self.needle($0) }
    var security = SecurityConfiguration()
    security.jwtReadKey = "readkey"
    _ = try Self.read(Self.store(FixedPorts([(7, [server.server])]), security: security))
    #expect(server.requests[0].headers["authorization"]?.hasPrefix("BEARER eyJ") == true)
  }

  @Test func encryptedContentDoesNotShowOnTheWire() throws {
    let server = try FaultServer { Self.stored($0) }
    let store = Self.store(FixedPorts([(1, [server.server])])) { $0.encrypts = true }
    let chunk = try Self.upload(store)
    let needle = try #require(server.requests.first?.body)
    #expect(needle.count == Self.content.count + ChunkCipher.overheadBytes)
    #expect(try ChunkCipher.open(needle, key: chunk.cipherKey) == Self.content)
  }
}
