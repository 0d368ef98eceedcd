import SwfsCluster
import SwfsCore
import SwfsTransport

/// The filers and, through them, the volume servers. Connections are made on first use.
struct FilerAccess: Sendable {
  let addresses: [ServerAddress]
  let security: SecurityConfiguration
  let tls: TLSContext?
  let calls: FilerCalls

  /// - Throws: `invalidArgument` for certificates that cannot be used.
  init(_ addresses: [ServerAddress], security: SecurityConfiguration) throws(FSError) {
    self.addresses = addresses
    self.security = security
    tls = try security.grpc.map { (files) throws(FSError) in
      try TLSContext(
        TLSSettings(
          authorityFile: files.authorities, certificateFile: files.certificate, keyFile: files.key))
    }
    calls = FilerCalls(addresses, tls: tls, identity: ClientIdentity(name: "swfs-ctl"))
  }

  /// Writes to the namespace.
  var store: FilerClient { FilerClient(calls) }

  var volumes: VolumeDirectory { VolumeDirectory(calls, tls: tls) }

  /// Bytes of needles, read straight from volume servers.
  func chunkStore() -> VolumeChunkStore {
    VolumeChunkStore(ids: FilerFileIDs(calls), locator: volumes, security: security)
  }
}
