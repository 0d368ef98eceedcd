import Testing

@testable import SwfsTransport

@Suite struct GRPCStatusTests {
  private func headers(_ fields: [(String, String)]) -> ReplyHeaders {
    var headers = ReplyHeaders()
    for (name, value) in fields {
      let (name, value) = (Array(name.utf8), Array(value.utf8))
      name.withUnsafeBufferPointer { n in
        value.withUnsafeBufferPointer { v in headers.add(name: n, value: v) }
      }
    }
    return headers
  }

  @Test(arguments: [
    ("plain", "plain"), ("a%20b", "a b"), ("%E2%82%AC", "€"), ("100%", "100%"), ("%zz%4", "%zz%4"),
    ("%ff", "\u{fffd}"), ("", ""), ("%25%2", "%%2"),
  ])
  func messageIsPercentDecoded(_ raw: String, _ text: String) {
    #expect(GRPCStatus.percentDecoded(Array(raw.utf8)) == text)
  }

  @Test func trailersGiveTheStatus() {
    let reply = headers([
      (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "2"),
      ("grpc-message", "no%20entry"),
    ])
    #expect(reply.status == GRPCStatus(.unknown, "no entry"))
  }

  @Test func unknownNumbersAreUnknown() {
    #expect(headers([("grpc-status", "99")]).status?.code == .unknown)
    #expect(headers([("grpc-status", "x")]).status?.code == .unknown)
    #expect(headers([("grpc-status", "-1")]).status?.code == .unknown)
  }

  @Test func proxyErrorsBecomeStatuses() {
    #expect(headers([(":status", "503")]).status?.code == .unavailable)
    #expect(headers([(":status", "404")]).status?.code == .unimplemented)
    #expect(headers([(":status", "401")]).status?.code == .unauthenticated)
    #expect(headers([(":status", "200"), ("content-type", "text/html")]).status?.code == .unknown)
  }

  @Test func streamWithoutStatusHasNone() {
    #expect(headers([(":status", "200"), ("content-type", "application/grpc")]).status == nil)
    #expect(headers([]).status == nil)
  }
}
