public import SwfsCore
internal import SwfsTransport
import Synchronization

/// The bytes plane over the volume servers' HTTP: `ChunkStore` for a real cluster.
///
/// Thread-safe; every call blocks in the calling thread. No lock is held while the network is used.
public final class VolumeChunkStore: ChunkStore {
  public typealias Options = VolumeChunkStoreOptions

  let options: Options
  let http: HTTPClient
  let address: NeedleAddress
  let health: HealthBoard
  let locations: LocationCache
  let pool: FileIDPool
  let avoided = Mutex(AvoidedVolumes())
  let gzipNeedles = Mutex(GzipNeedles())
  /// Ids of failed uploads with their tokens, to be freed in the background.
  let pendingDiscards = Mutex<[(fid: FileID, token: String)]>([])

  /// The largest needle that is read as a whole (encrypted chunks and manifests): the default limit
  /// of volume servers, with room for the cipher's overhead.
  static let needleBytesMax = (256 << 20) + 4096

  public init(
    ids: any FileIDSource, locator: any VolumeLocator, security: SecurityConfiguration,
    options: Options = Options()
  ) {
    self.options = options
    var httpOptions = HTTPOptions(tls: security.https)
    httpOptions.connectTimeoutSeconds = options.connectTimeoutSeconds
    httpOptions.idleConnectionsPerServerMax = options.idleConnectionsPerServerMax
    let http = HTTPClient(httpOptions)
    let address = NeedleAddress(access: options.access, security: security)
    self.http = http
    self.address = address
    locations = LocationCache(locator)
    pool = FileIDPool(ids)
    health = HealthBoard { server in
      let request = HTTPRequest(
        .get, url: address.healthURL(server), server: server, stallSeconds: 1)
      return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
        let outcome = http.perform(request, into: buffer, .background(seconds: 1.5))
        // Any answer below 500 shows a server that works.
        return switch outcome.reply {
        case .success(let reply): reply.status < 500
        case .failure(let error): error.kind == .malformed
        }
      }
    }
  }
}
