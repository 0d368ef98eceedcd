public import SwfsCore
internal import SwfsTransport

/// Which servers of a volume have a needle, deleted ones not counted.
public struct NeedlePresence: Sendable, Equatable {
  public var holders: [String] = []
  /// Servers of the volume that say that they do not have it.
  public var lacking: [String] = []
  /// Servers that gave no answer to go by.
  public var silent: [String] = []

  public init() {}

  /// Nobody has it, and everybody was asked.
  public var isMissing: Bool { holders.isEmpty && silent.isEmpty }
}

extension VolumeChunkStore {
  /// Asks every server of a needle's volume whether it has the needle. Unlike a read, it does not find
  /// needles that are deleted and only wait to be cleaned up.
  ///
  /// - Throws: `corrupt` for a chunk without a file id; `unavailable` when nobody knows where volumes
  ///   are; `timedOut`, `interrupted`.
  public func presence(
    of chunk: Chunk, _ context: OperationContext
  ) throws(FSError) -> NeedlePresence {
    guard let fid = chunk.fid ?? FileID(chunk.fileIDText) else {
      throw FSError(.corrupt, "the chunk has no file id that can be read: \(chunk.fileIDText)")
    }
    let name = fid.description
    var result = NeedlePresence()
    for location in try locations.locations(of: fid.volume, since: nil, context) {
      let server = address.server(of: location)
      let request = HTTPRequest(
        .head, url: address.liveURL(server, name), server: server,
        headers: address.readHeaders(name), stallSeconds: options.readStallSeconds)
      switch http.perform(request, context).reply {
      case .success(let reply) where reply.isSuccess: result.holders.append(server)
      case .success(let reply) where reply.status == 404: result.lacking.append(server)
      case .success: result.silent.append(server)
      case .failure(let error):
        if error.isCallersChoice { throw error.asFSError }
        result.silent.append(server)
      }
    }
    return result
  }
}
