import SwfsCore
import SwfsTestKit
import SwfsTransport
import Testing

struct HTTPClientFaultTests {
  let client = HTTPClient()

  func get(
    _ server: FaultServer, range: HTTPRequest.Range? = nil, bufferBytes: Int = 64,
    stallSeconds: Double = 20, seconds: Double = 30, hedge: HTTPHedge? = nil,
    context: OperationContext? = nil
  ) -> (outcome: HTTPOutcome, body: [UInt8]) {
    var buffer = [UInt8](repeating: 0, count: bufferBytes)
    let request = HTTPRequest(
      .get, url: "http://\(server.server)/x", server: server.server, range: range,
      stallSeconds: stallSeconds)
    let outcome = buffer.withUnsafeMutableBytes {
      client.perform(
        request, into: $0, hedge: hedge, context ?? .background(seconds: seconds))
    }
    let count = (try? outcome.reply.get().bodyBytes) ?? 0
    return (outcome, Array(buffer[..<count]))
  }

  func kind(_ outcome: HTTPOutcome) -> HTTPError.Kind? {
    if case .failure(let error) = outcome.reply { error.kind } else { nil }
  }

  @Test func repliesArriveInTheCallersBuffer() throws {
    let server = try FaultServer { _ in
      .reply(
        206, headers: ["ETag": "\"0badcafe\"", "Content-Range": "bytes 5-9/77"],
        body: Array("hello".utf8))
    }
    let (outcome, body) = get(server, range: .init(first: 5, count: 5))
    let reply = try outcome.reply.get()
    #expect(body == Array("hello".utf8))
    #expect(reply.status == 206)
    #expect(reply.etag == "0badcafe")
    #expect(reply.totalBytes == 77)
    #expect(server.requests[0].headers["range"] == "bytes=5-9")
    #expect(server.requests[0].headers["accept-encoding"] == nil)
  }

  @Test func requestsShareOneConnection() throws {
    let server = try FaultServer { _ in .reply(200, body: [1]) }
    for _ in 0..<20 { #expect(get(server).body == [1]) }
    #expect(server.connectionCount == 1)
  }

  @Test func wholeReplyToRangedRequestIsCutToTheRange() throws {
    let all = (0..<200).map { UInt8($0) }
    let server = try FaultServer { _ in .reply(200, body: all) }
    let (outcome, body) = get(server, range: .init(first: 50, count: 10), bufferBytes: 10)
    #expect(body == Array(all[50..<60]))
    #expect(try outcome.reply.get().totalBytes == 200)
  }

  @Test func tooLongReplyIsAnErrorAndStaysInBounds() throws {
    let server = try FaultServer { _ in .reply(206, body: [UInt8](repeating: 7, count: 1000)) }
    let (outcome, _) = get(server, range: .init(first: 0, count: 64))
    #expect(kind(outcome) == .malformed)
  }

  @Test func replyCutInTheMiddleIsAnError() throws {
    let server = try FaultServer { _ in
      .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nonly this".utf8))
    }
    #expect(kind(get(server).outcome) == .cut)
  }

  @Test func garbageIsAnError() throws {
    let server = try FaultServer { _ in .raw(Array("SSH-2.0-server\r\n".utf8)) }
    let (outcome, _) = get(server)
    #expect(kind(outcome) != nil)
  }

  @Test func refusedConnectionIsAConnectError() throws {
    let server = try FaultServer { _ in .close }
    server.stop()
    #expect(kind(get(server).outcome) == .connect)
  }

  @Test func errorBodyIsKeptAsText() throws {
    let server = try FaultServer { _ in
      .reply(500, body: Array((String(repeating: "x", count: 5000)).utf8))
    }
    let reply = try get(server).outcome.reply.get()
    #expect(reply.status == 500)
    #expect(reply.errorText.utf8.count == 1024)
    #expect(reply.bodyBytes == 0)
  }

  @Test func silentServerStalls() throws {
    let server = try FaultServer { _ in .silence }
    #expect(kind(get(server, stallSeconds: 0.5).outcome) == .stalled)
  }

  @Test func bodyThatStopsStalls() throws {
    let server = try FaultServer { _ in
      .stall(Array("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf".utf8))
    }
    #expect(kind(get(server, stallSeconds: 0.5).outcome) == .stalled)
  }

  @Test func deadlineEndsTheWait() throws {
    let server = try FaultServer { _ in .silence }
    #expect(kind(get(server, seconds: 0.2).outcome) == .deadline)
  }

  @Test func interruptEndsTheWait() throws {
    let server = try FaultServer { _ in .silence }
    let context = OperationContext.background(seconds: 60)
    startThread("interrupter") {
      pause(seconds: 0.1)
      context.interrupt()
    }
    let start = Deadline.now
    #expect(kind(get(server, context: context).outcome) == .interrupted)
    // Far below the stall time and the deadline, far above what a busy machine needs.
    #expect(Deadline.now - start < 10_000_000_000)
  }

  @Test func hedgeAnswersForASilentServer() throws {
    let silent = try FaultServer { _ in .silence }
    let good = try FaultServer { _ in .reply(200, body: [9]) }
    let hedge = HTTPHedge(
      request: HTTPRequest(.get, url: "http://\(good.server)/x", server: good.server),
      afterSeconds: 0.05)
    let (outcome, body) = get(silent, hedge: hedge)
    #expect(outcome.isFromHedge)
    #expect(body == [9])
  }

  @Test func slowServerWinsWhenTheHedgeFails() throws {
    let slow = try FaultServer { _ in
      pause(seconds: 0.5)
      return .reply(200, body: [1])
    }
    let bad = try FaultServer { _ in .reply(404) }
    let hedge = HTTPHedge(
      request: HTTPRequest(.get, url: "http://\(bad.server)/x", server: bad.server),
      afterSeconds: 0.05)
    let (outcome, body) = get(slow, hedge: hedge)
    #expect(!outcome.isFromHedge)
    #expect(outcome.wasHedged)
    #expect(body == [1])
  }

  @Test(arguments: [0, 10, 5_000_000])
  func putSendsTheBody(count: Int) throws {
    let server = try FaultServer { request in .reply(request.body.count == count ? 201 : 400) }
    let bytes = [UInt8](repeating: 3, count: count)
    let request = HTTPRequest(
      .put, url: "http://\(server.server)/x", server: server.server,
      headers: ["Content-Type: application/octet-stream"])
    let outcome = bytes.withUnsafeBytes {
      client.perform(request, body: $0, .background(seconds: 30))
    }
    #expect(try outcome.reply.get().status == 201)
    #expect(server.requests[0].method == "PUT")
    #expect(server.requests[0].headers["content-type"] == "application/octet-stream")
    #expect(server.requests[0].headers["expect"] == nil)
  }

  @Test func oneHandleDoesEveryMethodInTurn() throws {
    let server = try FaultServer { _ in .reply(200, body: [1, 2, 3]) }
    for method in [HTTPRequest.Method.get, .put, .delete, .head, .get, .put, .get] {
      let request = HTTPRequest(method, url: "http://\(server.server)/x", server: server.server)
      var buffer: [UInt8] = [0, 0, 0]
      let outcome = buffer.withUnsafeMutableBytes {
        client.perform(request, into: $0, .background(seconds: 30))
      }
      #expect(try outcome.reply.get().bodyBytes == (method == .head ? 0 : 3))
      #expect(server.requests.last?.method == method.rawValue)
    }
  }

  @Test func closedKeptConnectionIsReplaced() throws {
    let server = try FaultServer { request in
      request.numberOnConnection == 0 ? .reply(200, body: [1]) : .close
    }
    #expect(get(server).body == [1])
    // The server closes without an answer: libcurl repeats on a new connection.
    #expect(get(server).body == [1])
  }
}
