import SwfsCore
import Synchronization

@testable import SwfsCluster

/// Ports that point at scripted servers.
final class FixedPorts: FileIDSource, VolumeLocator {
  /// Server of each volume, handed out in turn by `assign`.
  let volumes: [(volume: UInt32, servers: [String])]
  private let state = Mutex(State())
  private let jwt: String

  private struct State {
    var assignments = 0
    var lookups = 0
    var nextKey: UInt64 = 1
  }

  init(_ volumes: [(volume: UInt32, servers: [String])], jwt: String = "") {
    self.volumes = volumes
    self.jwt = jwt
  }

  var assignments: Int { state.withLock { $0.assignments } }
  var lookups: Int { state.withLock { $0.lookups } }

  func assign(
    count: Int, placement: ChunkPlacement, expectedBytes: UInt64, _ context: OperationContext
  ) throws(FSError) -> AssignedFileIDs {
    let (number, key) = state.withLock { state in
      defer {
        state.assignments += 1
        state.nextKey += UInt64(count)
      }
      return (state.assignments, state.nextKey)
    }
    let (volume, servers) = volumes[number % volumes.count]
    return AssignedFileIDs(
      first: FileID(volume: volume, key: key, cookie: 0xabcd_ef01), count: count, jwt: jwt,
      locations: servers.map(Self.location), fsync: false, collection: "", replication: "")
  }

  func locations(
    of volume: UInt32, _ context: OperationContext
  ) throws(FSError) -> [VolumeLocation] {
    state.withLock { $0.lookups += 1 }
    return volumes.first { $0.volume == volume }?.servers.map(Self.location) ?? []
  }

  private static func location(_ server: String) -> VolumeLocation {
    VolumeLocation(url: server, publicURL: server, grpcPort: 0, dataCenter: "")
  }
}
