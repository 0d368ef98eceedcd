import SwfsCore
import SwfsTransport

/// Puts URLs and tokens of needles together.
struct NeedleAddress: Sendable {
  let access: VolumeChunkStoreOptions.Access
  let security: SecurityConfiguration
  private let scheme: String

  init(access: VolumeChunkStoreOptions.Access, security: SecurityConfiguration) {
    self.access = access
    self.security = security
    scheme = security.https == nil ? "http://" : "https://"
  }

  /// The server to talk to for a replica.
  func server(of location: VolumeLocation) -> String {
    switch access {
    case .publicURL: location.publicURL.isEmpty ? location.url : location.publicURL
    case .direct, .filerProxy: location.url
    }
  }

  /// `readDeleted`: a file that is open here lives on when its needles are replaced, until vacuum.
  func readURL(_ server: String, _ fid: String) -> String {
    switch access {
    case .filerProxy: scheme + server + "/?proxyChunkId=" + fid + "&readDeleted=true"
    case .direct, .publicURL: scheme + server + "/" + fid + "?readDeleted=true"
    }
  }

  /// Finds the needle only while it is not deleted.
  func liveURL(_ server: String, _ fid: String) -> String { scheme + server + "/" + fid }

  func writeURL(_ server: String, _ fid: String, fsync: Bool, ttlSeconds: Int32) -> String {
    var query: [String] = []
    if case .filerProxy = access { query.append("proxyChunkId=" + fid) }
    if fsync { query.append("fsync=true") }
    if let ttl = NeedleTTL.text(seconds: ttlSeconds) { query.append("ttl=" + ttl) }
    let path = if case .filerProxy = access { "/" } else { "/" + fid }
    return scheme + server + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
  }

  func healthURL(_ server: String) -> String { scheme + server + "/healthz" }

  func readHeaders(_ fid: String) -> [String] {
    if case .filerProxy = access {
      return Self.authorization(
        JWT.token(
          fid: "", key: security.jwtFilerReadKey,
          expiresSeconds: security.jwtFilerReadExpiresSeconds))
    }
    return Self.authorization(
      JWT.token(
        fid: fid, key: security.jwtReadKey, expiresSeconds: security.jwtReadExpiresSeconds))
  }

  /// - Parameter token: the one that came with the file id; empty: signed here when we have the key.
  func writeHeaders(_ fid: String, token: String) -> [String] {
    if case .filerProxy = access, !security.jwtFilerKey.isEmpty {
      return Self.authorization(
        JWT.token(
          fid: "", key: security.jwtFilerKey, expiresSeconds: security.jwtFilerExpiresSeconds))
    }
    if !token.isEmpty { return Self.authorization(token) }
    return Self.authorization(
      JWT.token(
        fid: fid, key: security.jwtSigningKey, expiresSeconds: security.jwtSigningExpiresSeconds))
  }

  private static func authorization(_ token: String) -> [String] {
    token.isEmpty ? [] : ["Authorization: BEARER " + token]
  }
}
