import FoundationEssentials
import SwfsCluster
import SwfsCore
import SwfsTransport

/// GET of small documents: status pages of masters, volume servers, Patroni and etcd.
struct WebClient: Sendable {
  private let http: HTTPClient
  private let scheme: String

  static let bytesMax = 64 << 20
  static let seconds = 3.0

  /// - Parameter security: HTTPS and certificates where the cluster uses them.
  init(_ security: SecurityConfiguration) {
    http = HTTPClient(HTTPOptions(tls: security.https))
    scheme = security.https == nil ? "http://" : "https://"
  }

  /// - Parameter server: `host:port`, or a URL with a scheme of its own.
  /// - Throws: `unavailable` for no answer; `remote` for a status that is no success.
  func get(_ server: String, _ path: String) throws(FSError) -> [UInt8] {
    let base = server.contains("://") ? server : scheme + server
    let authority = base.split(separator: "/").dropFirst().first.map(String.init) ?? server
    let request = HTTPRequest(
      .get, url: base + path, server: authority, stallSeconds: Self.seconds)
    var size = 64 << 10
    while true {
      var bytes = [UInt8](repeating: 0, count: size)
      let outcome = bytes.withUnsafeMutableBytes { buffer in
        http.perform(request, into: buffer, .background(seconds: Self.seconds * 2))
      }
      switch outcome.reply {
      case .success(let reply) where reply.isSuccess:
        bytes.removeLast(bytes.count - reply.bodyBytes)
        return bytes
      case .success(let reply):
        throw FSError(.remote, "\(base)\(path): status \(reply.status) \(reply.errorText)")
      case .failure(let error):
        guard error.kind == .malformed, size < Self.bytesMax else {
          throw FSError(.unavailable, "\(base)\(path): \(error.message)")
        }
        // Longer than the buffer, or nonsense: a larger buffer tells.
        size *= 8
      }
    }
  }

  /// - Throws: as `get`; `corrupt` when it is not what was expected.
  func json<Value: Decodable>(
    _ server: String, _ path: String, as type: Value.Type
  ) throws(FSError) -> Value {
    let bytes = try get(server, path)
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw FSError(.corrupt, "\(server)\(path): not the expected JSON", causedBy: error)
    }
  }
}
