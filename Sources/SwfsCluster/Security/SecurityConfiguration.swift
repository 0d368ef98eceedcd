import Glibc
public import SwfsCore
public import SwfsTransport

/// What `security.toml` says to a client: keys of tokens and certificates.
///
/// Read as weed reads it: the first of `./`, `~/.seaweedfs/`, `/usr/local/etc/seaweedfs/`,
/// `/etc/seaweedfs/` that has the file, each key overridden by `WEED_` + its name in capitals with
/// `_` for `.` when that variable is not empty.
public struct SecurityConfiguration: Sendable, Equatable {
  /// Signs writes and deletes at volume servers; empty: servers want no token (or give us one).
  public var jwtSigningKey = ""
  public var jwtSigningExpiresSeconds = 10
  /// Signs reads at volume servers.
  public var jwtReadKey = ""
  public var jwtReadExpiresSeconds = 60
  /// Sign requests to the filers' HTTP port.
  public var jwtFilerKey = ""
  public var jwtFilerExpiresSeconds = 10
  public var jwtFilerReadKey = ""
  public var jwtFilerReadExpiresSeconds = 60

  /// Certificates of gRPC; nil: plain text. weed checks the chain but not the host name.
  public var grpc: HTTPOptions.TLS?
  /// Certificates of HTTPS to masters, volume servers and filers; nil: plain HTTP.
  public var https: HTTPOptions.TLS?

  public init() {}

  /// The first `security.toml` found, with the environment on top; nothing found is no error.
  ///
  /// - Throws: `invalidArgument` when a file is there but makes no sense, `accessDenied` when it
  ///   cannot be read: going on without keys would look like a broken cluster.
  public static func load() throws(FSError) -> SecurityConfiguration {
    let home = environment("HOME") ?? ""
    let directories = [
      ".", home.isEmpty ? "" : home + "/.seaweedfs", "/usr/local/etc/seaweedfs", "/etc/seaweedfs",
    ]
    for directory in directories where !directory.isEmpty {
      let path = directory + "/security.toml"
      guard let text = try contents(of: path) else { continue }
      do {
        return try SecurityConfiguration(parsing: text, environment: environment)
      } catch {
        throw FSError(.invalidArgument, "cannot use \(path)", causedBy: error)
      }
    }
    return try SecurityConfiguration(parsing: "", environment: environment)
  }

  /// - Parameter environment: value of a variable, nil when it is not set.
  /// - Throws: `invalidArgument` with the line or the key.
  public init(
    parsing text: String, environment: (_ name: String) -> String? = { _ in nil }
  ) throws(FSError) {
    let table = try TOMLTable(parsing: text)
    func string(_ key: String) -> String {
      let name =
        "WEED_" + String(key.uppercased().map { $0 == "." ? Character("_") : $0 })
      if let value = environment(name), !value.isEmpty { return value }
      return table[key] ?? ""
    }
    func seconds(_ key: String, _ fallback: Int) throws(FSError) -> Int {
      let value = string(key)
      if value.isEmpty { return fallback }
      guard let number = Int(value), (0...Int(Int32.max)).contains(number) else {
        throw FSError(.invalidArgument, "\(key) is no number of seconds: \(value)")
      }
      // Zero leaves the token without an end.
      return number
    }
    func flag(_ key: String) throws(FSError) -> Bool {
      switch string(key).lowercased() {
      case "", "false", "0": return false
      case "true", "1": return true
      case let other: throw FSError(.invalidArgument, "\(key) is neither true nor false: \(other)")
      }
    }
    jwtSigningKey = string("jwt.signing.key")
    jwtSigningExpiresSeconds = try seconds("jwt.signing.expires_after_seconds", 10)
    jwtReadKey = string("jwt.signing.read.key")
    jwtReadExpiresSeconds = try seconds("jwt.signing.read.expires_after_seconds", 60)
    jwtFilerKey = string("jwt.filer_signing.key")
    jwtFilerExpiresSeconds = try seconds("jwt.filer_signing.expires_after_seconds", 10)
    jwtFilerReadKey = string("jwt.filer_signing.read.key")
    jwtFilerReadExpiresSeconds = try seconds("jwt.filer_signing.read.expires_after_seconds", 60)

    let grpcTLS = HTTPOptions.TLS(
      authorities: string("grpc.ca"), certificate: string("grpc.client.cert"),
      key: string("grpc.client.key"))
    if !grpcTLS.certificate.isEmpty && !grpcTLS.key.isEmpty { grpc = grpcTLS }
    if try flag("https.client.enabled") {
      https = HTTPOptions.TLS(
        authorities: string("https.client.ca"), certificate: string("https.client.cert"),
        key: string("https.client.key"),
        isInsecure: try flag("https.client.insecure_skip_verify"))
    }
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// A file of at most 1 MiB, or nil when there is none.
  private static func contents(of path: String) throws(FSError) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw FSError(.accessDenied, "cannot open \(path): \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count <= 1 << 20 {
      let count = Glibc.read(file, &part, part.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw FSError(.accessDenied, "cannot read \(path): \(String(cString: strerror(errno)))")
      }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(contentsOf: part[..<count])
    }
    throw FSError(.invalidArgument, "\(path) is over 1 MiB")
  }
}
