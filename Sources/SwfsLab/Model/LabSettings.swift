import FoundationEssentials

/// What the person asked for and the secrets made for it, kept in `lab.json` for later commands.
struct LabSettings: Sendable, Codable, Equatable {
  /// The lab's name, so that no other lab is brought up on the same state.
  var name: String
  var subnet: String
  /// Volume servers demand signed tokens for writes and reads.
  var jwt = false
  /// mTLS for gRPC and HTTPS for everything else.
  var tls = false
  /// An S3 gateway on node-1.
  var s3 = false
  /// Postgres waits for the disk at each commit; off is faster and only a power cut of the
  /// machine itself can lose rows.
  var fsync = false
  /// Where the masters stop filling a volume, in MB. Small, so that volumes fill up in tests.
  var volumeSizeMegabytes = Defaults.volumeSizeMegabytes
  /// Volumes that each volume server may hold: with the size above the bound on disk space.
  var volumesMax = Defaults.volumesMax
  var secrets: Secrets

  /// 24 GB at most on three servers, twelve with two copies of everything.
  enum Defaults {
    static let volumeSizeMegabytes = 100
    static let volumesMax = 80
  }

  /// Passwords and keys, random for each lab.
  struct Secrets: Sendable, Codable, Equatable {
    var postgres: String
    var seaweedfs: String
    var reader: String
    var jwtWrite: String
    var jwtRead: String
    var s3AccessKey: String
    var s3SecretKey: String

    static func random() -> Secrets {
      Secrets(
        postgres: hex(16), seaweedfs: hex(16), reader: hex(16), jwtWrite: hex(24),
        jwtRead: hex(24), s3AccessKey: hex(10), s3SecretKey: hex(20))
    }

    private static func hex(_ bytes: Int) -> String {
      var generator = SystemRandomNumberGenerator()
      return (0..<bytes).map { _ in
        let byte = UInt8.random(in: 0...255, using: &generator)
        return (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }.joined()
    }
  }
}
