import Glibc
import SwfsCore
import Testing

@testable import SwfsMount

struct ServiceTests {
  @Test func theStartIsReadFromThePipe() {
    var reader = StatusReader()
    reader.take("W Postgres is not usable")
    #expect(reader.warnings == ["Postgres is not usable"] && !reader.isReady)
    reader.take("R")
    #expect(reader.isReady && reader.failure == nil)
    reader.take("E 5 no filer answers at a:1")
    #expect(reader.failure?.code == .noFiler)
    #expect(reader.failure?.message == "no filer answers at a:1")
    var odd = StatusReader()
    odd.take("E x")
    #expect(odd.failure?.code == .failed)
  }

  private func ask(_ path: String, _ request: String) -> String {
    let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(file) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    let connected = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { return "not connected" }
    _ = write(file, request, request.utf8.count)
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(file, &piece, piece.count)
      if count <= 0 { return String(decoding: text, as: UTF8.self) }
      text += piece[..<count]
    }
  }

  @Test func metricsAreServedAndGarbageIsSurvived() throws {
    let path = "/tmp/swfs-metrics-\(getpid())"
    let healthy = Monitor(true)
    let refreshed = Monitor(0)
    let server = try MetricsServer(
      path, isHealthy: { healthy.withLock { $0 } }, refresh: { refreshed.update { $0 += 1 } })
    server.start()
    #expect(ask(path, "GET /metrics HTTP/1.1\r\n\r\n").contains("swfs_uploads_total"))
    #expect(refreshed.withLock { $0 } == 1)
    #expect(ask(path, "GET /healthz HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.1 200"))
    healthy.update { $0 = false }
    #expect(ask(path, "GET /healthz HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.1 503"))
    #expect(ask(path, "\u{0}\u{1}garbage\r\n\r\n").hasPrefix("HTTP/1.1 400"))
    #expect(ask(path, "POST /metrics HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 405"))
    #expect(ask(path, "GET /else HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 404"))
    #expect(ask(path, String(repeating: "x", count: 20000)).isEmpty)
    #expect(ask(path, "GET /healthz HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.1 503"))
    #expect(throws: FSError.self) {
      try MetricsServer(path, isHealthy: { true }, refresh: {})
    }
    server.removeSocket()
    #expect(throws: FSError.self) {
      try MetricsServer("nonsense", isHealthy: { true }, refresh: {})
    }
  }

  @Test func deadAndMissingMountPointsAreToldApart() {
    #expect(throws: StartFailure.self) {
      try MountPointCheck.run("/etc", create: false, allowsNonempty: false)
    }
    #expect(MountPointCheck.patiently(seconds: 0.05) { pause(seconds: 1) } == nil)
    #expect(MountPointCheck.patiently(seconds: 10) { 7 } == 7)
  }
}
