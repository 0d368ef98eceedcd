import SwfsCluster
import SwfsCore

/// The servers that hold the volumes of some chunks.
struct ChunkPlaces {
  private(set) var servers: [UInt32: [String]] = [:]

  /// - Throws: `unavailable` when neither a master nor a filer can be asked.
  init(
    _ chunks: [Chunk], _ volumes: VolumeDirectory, _ context: OperationContext
  ) throws(FSError) {
    for volume in Set(chunks.compactMap { $0.fid?.volume }) {
      servers[volume] = try volumes.locations(of: volume, context).map(\.url).sorted()
    }
  }

  init(servers: [UInt32: [String]]) { self.servers = servers }

  /// Empty when no server has the volume.
  func of(_ chunk: Chunk) -> [String] { chunk.fid.flatMap { servers[$0.volume] } ?? [] }

  var hasMissing: Bool { servers.values.contains(where: \.isEmpty) }
}
