public import SwfsCore

/// A SeaweedFS server as people and servers write it: `host:port`, or `host:port.grpcPort` when the
/// gRPC port is not the HTTP port + 10000. IPv6 hosts stand in brackets.
public struct ServerAddress: Sendable, Hashable {
  /// Host name, IPv4 or IPv6 address (without brackets).
  public let host: String
  public let port: UInt16
  public let grpcPort: UInt16

  public init(host: String, port: UInt16, grpcPort: UInt16) {
    self.host = host
    self.port = port
    self.grpcPort = grpcPort
  }

  /// Parses an address; `defaultPort` is used when the text has none.
  ///
  /// - Throws: `invalidArgument` with a sentence that a command line can print.
  public init(parsing text: String, defaultPort: UInt16? = nil) throws(FSError) {
    func refuse(_ why: String) -> FSError { FSError(.invalidArgument, "address '\(text)': \(why)") }
    let host: Substring
    let rest: Substring
    if text.hasPrefix("[") {
      guard let bracket = text.firstIndex(of: "]") else { throw refuse("'[' without ']'") }
      host = text[text.index(after: text.startIndex)..<bracket]
      rest = text[text.index(after: bracket)...]
    } else {
      let colon = text.firstIndex(of: ":") ?? text.endIndex
      host = text[..<colon]
      rest = text[colon...]
    }
    guard !host.isEmpty else { throw refuse("no host") }
    guard !rest.isEmpty else {
      guard let defaultPort else { throw refuse("no port") }
      self.host = String(host)
      port = defaultPort
      grpcPort = try Self.derivedPort(defaultPort, refuse)
      return
    }
    guard rest.first == ":" else { throw refuse("':' expected before the port") }
    let ports = rest.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
    guard ports.count <= 2, let first = ports.first, let number = UInt16(first), number > 0 else {
      throw refuse("not a port number (IPv6 addresses need brackets)")
    }
    self.host = String(host)
    port = number
    if ports.count == 2 {
      guard let second = UInt16(ports[1]), second > 0 else { throw refuse("not a gRPC port") }
      grpcPort = second
    } else {
      grpcPort = try Self.derivedPort(number, refuse)
    }
  }

  private static func derivedPort(
    _ port: UInt16, _ refuse: (String) -> FSError
  ) throws(FSError) -> UInt16 {
    let (sum, overflow) = port.addingReportingOverflow(10_000)
    guard !overflow else { throw refuse("port + 10000 is no port; write host:port.grpcPort") }
    return sum
  }

  private var bracketedHost: String { host.utf8.contains(0x3a) ? "[\(host)]" : host }

  /// `host:port` of HTTP.
  public var httpAuthority: String { "\(bracketedHost):\(port)" }

  /// `host:port` of gRPC.
  public var grpcAuthority: String { "\(bracketedHost):\(grpcPort)" }
}

extension ServerAddress: CustomStringConvertible {
  /// The short form when the gRPC port is the usual one.
  public var description: String {
    UInt32(grpcPort) == UInt32(port) + 10_000 ? httpAuthority : "\(httpAuthority).\(grpcPort)"
  }
}
