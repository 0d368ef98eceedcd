public import SwfsCore
import SwfsObserve
import SwfsTransport
import Synchronization

extension VolumeChunkStore {
  /// Longest time for all needles of one call; the rest is left to `volume.fsck`.
  static let discardSecondsMax = 20.0
  private static let discardStallSeconds = 2.0

  public func discard(_ chunks: [Chunk], _ context: OperationContext) {
    let context = context.attempt(seconds: Self.discardSecondsMax)
    for chunk in chunks {
      guard !context.deadline.hasPassed, !context.isInterrupted else { return }
      guard let fid = chunk.fid else { continue }
      delete(fid, token: "", context)
    }
  }

  /// Frees what an upload under an id that did not work out may have left behind on some replica.
  /// In a thread of its own: the writer has better things to do.
  func discardLater(_ taken: FileIDStock.Taken) {
    let isFirst = pendingDiscards.withLock { pending -> Bool in
      // In a long outage garbage is the least of our problems; fsck finds it.
      guard pending.count < 1024 else { return false }
      pending.append((taken.fid, taken.batch.ids.jwt))
      return pending.count == 1
    }
    guard isFirst else { return }
    startThread("swfs-discard") { [self] in
      // What is still on its way to a replica should have arrived.
      pause(seconds: 2)
      let all = pendingDiscards.withLock { pending in
        defer { pending = [] }
        return pending
      }
      let context = OperationContext.background(seconds: Self.discardSecondsMax)
      for (fid, token) in all { delete(fid, token: token, context) }
    }
  }

  /// Deletes at one replica, which tells the others; the next one when it does not answer.
  private func delete(_ fid: FileID, token: String, _ context: OperationContext) {
    let name = fid.description
    let servers: [String]
    do {
      servers = health.ordered(
        try locations.locations(of: fid.volume, since: nil, context.attempt(seconds: 3))
          .map(address.server(of:)))
    } catch {
      Log.debug("needle stays behind needle=\(name) error=\"\(error)\"")
      return
    }
    // A token made here lives on when the assigned one has come to its end.
    let headers = address.writeHeaders(
      name, token: address.security.jwtSigningKey.isEmpty ? token : "")
    for server in servers where !health.isSuspect(server) {
      let request = HTTPRequest(
        .delete, url: address.writeURL(server, name, fsync: false, ttlSeconds: 0),
        server: server, headers: headers, stallSeconds: Self.discardStallSeconds)
      let isDone = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
        switch http.perform(request, into: buffer, context).reply {
        case .success(let reply): reply.isSuccess || reply.status == 404
        case .failure: false
        }
      }
      if isDone { return }
    }
    Log.debug("needle stays behind needle=\(name)")
  }
}
