internal import COpenSSL
public import SwfsCore

/// Certificates for gRPC over TLS, as `[grpc]` and `[grpc.client]` of `security.toml` name them.
public struct TLSSettings: Sendable, Equatable {
  /// PEM file with the authorities that sign the servers' certificates.
  public var authorityFile: String
  /// PEM files of our own certificate and key, for servers that ask for one (mTLS).
  public var certificateFile: String?
  public var keyFile: String?

  public init(authorityFile: String, certificateFile: String? = nil, keyFile: String? = nil) {
    self.authorityFile = authorityFile
    self.certificateFile = certificateFile
    self.keyFile = keyFile
  }
}

/// The loaded certificates, shared by all connections. Immutable once made, so thread-safe.
///
/// Chains are verified but host names are not, as weed's own clients do: cluster certificates carry
/// role names.
public final class TLSContext: @unchecked Sendable {
  // Safe: an SSL_CTX is not changed after init, and OpenSSL counts references atomically.
  private let context: OpaquePointer

  /// - Throws: `invalidArgument` naming the file that cannot be used.
  public init(_ settings: TLSSettings) throws(FSError) {
    guard let context = SSL_CTX_new(TLS_client_method()) else {
      throw FSError(.outOfMemory, "OpenSSL: \(Self.lastError())")
    }
    self.context = context
    // SSL_CTX_set_min_proto_version is a macro over this call. HTTP/2 demands TLS 1.2.
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    guard SSL_CTX_load_verify_locations(context, settings.authorityFile, nil) == 1 else {
      throw Self.refuse("authority file", settings.authorityFile)
    }
    if let file = settings.certificateFile, !file.isEmpty {
      guard SSL_CTX_use_certificate_chain_file(context, file) == 1 else {
        throw Self.refuse("certificate file", file)
      }
    }
    if let file = settings.keyFile, !file.isEmpty {
      guard SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) == 1 else {
        throw Self.refuse("key file", file)
      }
      guard SSL_CTX_check_private_key(context) == 1 else {
        throw Self.refuse("key that does not belong to the certificate:", file)
      }
    }
    let protocols: [UInt8] = [2] + Array("h2".utf8)
    // Returns 0 on success, against the habit of the library.
    guard SSL_CTX_set_alpn_protos(context, protocols, UInt32(protocols.count)) == 0 else {
      throw FSError(.outOfMemory, "OpenSSL: \(Self.lastError())")
    }
  }

  deinit { SSL_CTX_free(context) }

  func makeSession() -> OpaquePointer? { SSL_new(context) }

  private static func refuse(_ what: String, _ file: String) -> FSError {
    FSError(.invalidArgument, "TLS: cannot use \(what) \(file): \(lastError())")
  }

  /// The newest entry of OpenSSL's error queue, which is emptied.
  static func lastError() -> String {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0, let reason = ERR_reason_error_string(code) else { return "unknown error" }
    return String(cString: reason)
  }
}
