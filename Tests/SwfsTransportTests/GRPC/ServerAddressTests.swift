import SwfsCore
import Testing

@testable import SwfsTransport

@Suite struct ServerAddressTests {
  @Test(arguments: [
    ("h1:8888", "h1", 8888, 18888, "h1:8888"),
    ("10.0.0.1:9333.19333", "10.0.0.1", 9333, 19333, "10.0.0.1:9333"),
    ("10.0.0.1:9333.5", "10.0.0.1", 9333, 5, "10.0.0.1:9333.5"),
    ("[::1]:8888", "::1", 8888, 18888, "[::1]:8888"),
    ("[fe80::2]:1.2", "fe80::2", 1, 2, "[fe80::2]:1.2"),
    ("filer", "filer", 8888, 18888, "filer:8888"),
    ("[::1]", "::1", 8888, 18888, "[::1]:8888"),
    ("h:60000.1", "h", 60000, 1, "h:60000.1"),
  ])
  func goodAddresses(
    _ text: String, _ host: String, _ port: Int, _ grpc: Int, _ printed: String
  ) throws {
    let address = try ServerAddress(parsing: text, defaultPort: 8888)
    #expect(address.host == host)
    #expect(Int(address.port) == port)
    #expect(Int(address.grpcPort) == grpc)
    #expect(address.description == printed)
    #expect(try ServerAddress(parsing: printed) == address)
  }

  @Test(arguments: [
    "", ":1", "h:", "h:x", "h:0", "h:70000", "h:1.", "h:1.x", "h:1.2.3", "::1:8888", "[::1:8888",
    "[::1]8888", "h:60000", "h:-1", "h: 1",
  ])
  func badAddresses(_ text: String) {
    #expect(throws: FSError.self) { try ServerAddress(parsing: text, defaultPort: 8888) }
  }

  @Test func portIsNeededWithoutDefault() {
    #expect(throws: FSError.self) { try ServerAddress(parsing: "host") }
  }
}
