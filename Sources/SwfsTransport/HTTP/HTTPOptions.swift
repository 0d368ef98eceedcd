/// How a client talks to every server it is used for.
public struct HTTPOptions: Sendable {
  /// Certificates for HTTPS; nil for plain HTTP or the system's defaults.
  public var tls: TLS?
  /// How long a TCP and TLS handshake may take. Hosts that drop packets cost exactly this.
  public var connectTimeoutSeconds = 1.5
  /// Idle connections kept for each server.
  public var idleConnectionsPerServerMax = 16
  /// Idle connections kept in all.
  public var idleConnectionsMax = 128

  public init(tls: TLS? = nil) {
    self.tls = tls
  }

  /// File names of PEM certificates; empty strings leave the default.
  public struct TLS: Sendable, Hashable {
    /// Authorities that the server's certificate must chain to.
    public var authorities: String
    /// Our own certificate and key, for servers that ask for one.
    public var certificate: String
    public var key: String
    /// Believe any certificate.
    public var isInsecure: Bool

    public init(
      authorities: String = "", certificate: String = "", key: String = "", isInsecure: Bool = false
    ) {
      self.authorities = authorities
      self.certificate = certificate
      self.key = key
      self.isInsecure = isInsecure
    }
  }
}
