public import SwfsCore
import SwfsObserve
import SwfsTransport
import Synchronization

extension VolumeChunkStore {
  public func upload(
    _ bytes: UnsafeRawBufferPointer, placement: ChunkPlacement, _ context: OperationContext
  ) throws(FSError) -> Chunk {
    guard options.encrypts else {
      let stored = try store(bytes, placement, context)
      return Chunk(
        fid: stored.fid, offset: 0, size: UInt64(bytes.count), modifiedNanoseconds: 0,
        etag: stored.etag)
    }
    let sealed = try ChunkCipher.seal(bytes)
    var result: Result<StoredNeedle, FSError> = .failure(FSError(.remote, "nothing was stored"))
    sealed.needle.withUnsafeBytes { needle in
      do throws(FSError) { result = .success(try store(needle, placement, context)) } catch {
        result = .failure(error)
      }
    }
    return Chunk(
      fid: try result.get().fid, offset: 0, size: UInt64(bytes.count), modifiedNanoseconds: 0,
      cipherKey: sealed.key)
  }

  private struct StoredNeedle {
    var fid: FileID
    var etag: String
  }

  /// Stores bytes as they are under one new file id after the other until one attempt succeeds.
  private func store(
    _ bytes: UnsafeRawBufferPointer, _ placement: ChunkPlacement, _ context: OperationContext
  ) throws(FSError) -> StoredNeedle {
    var policy = UploadPolicy(stallSeconds: options.uploadStallSeconds)
    let key = options.placementKey(placement)
    let etag = NeedleChecksum.etag(bytes)
    var lastError: FSError?
    var assignBackoff = Backoff()

    func explained(_ error: FSError) -> FSError {
      lastError.map { FSError(error.code, error.message, causedBy: $0) } ?? error
    }

    while true {
      let taken: FileIDStock.Taken
      do {
        taken = try pool.take(placement, key: key, bytes: UInt64(bytes.count), context) {
          isWelcome($0, context)
        }
      } catch {
        // Nobody assigns ids at the moment: a master election or a filer that restarts.
        guard error.code == .unavailable || (error.code == .timedOut && !context.deadline.hasPassed)
        else { throw explained(error) }
        lastError = error
        do {
          try context.sleep(
            seconds: assignBackoff.pause(random: .random(in: 0..<1)), "a file id")
        } catch { throw explained(error) }
        continue
      }
      let server = writeServer(taken)
      let attempt = put(bytes, taken, server, placement, etag, policy.stallSeconds, context)
      if let error = attempt.error {
        if error.code == .interrupted || (error.code == .timedOut) {
          discardLater(taken)
          throw explained(error)
        }
        lastError = error
      }
      switch policy.judge(attempt.outcome, random: .random(in: 0..<1)) {
      case .done:
        health.succeeded(server)
        Metrics.uploads.add()
        Metrics.uploadedBytes.add(bytes.count)
        return StoredNeedle(fid: taken.fid, etag: etag)
      case .fail(let code):
        throw FSError(code, "cannot store \(bytes.count) bytes", causedBy: lastError)
      case .again(let pauseSeconds, let blame):
        Metrics.uploadRetries.add()
        blameFor(blame, taken, server, lastError?.message ?? "")
        do {
          try context.sleep(seconds: pauseSeconds, "another volume to store on")
        } catch { throw explained(error) }
      }
    }
  }

  private struct Attempt {
    var outcome: UploadPolicy.Outcome
    var error: FSError?
  }

  private func put(
    _ bytes: UnsafeRawBufferPointer, _ taken: FileIDStock.Taken, _ server: String,
    _ placement: ChunkPlacement, _ etag: String, _ stallSeconds: Double,
    _ context: OperationContext
  ) -> Attempt {
    let name = taken.fid.description
    let request = HTTPRequest(
      .put,
      url: address.writeURL(
        server, name, fsync: options.fsync || taken.batch.ids.fsync,
        ttlSeconds: placement.ttlSeconds), server: server,
      // With this type servers store the bytes as they are, so ranges are cheap later.
      headers: ["Content-Type: application/octet-stream"]
        + address.writeHeaders(name, token: taken.batch.ids.jwt), stallSeconds: stallSeconds)

    func failed(_ outcome: UploadPolicy.Outcome, _ code: FSError.Code, _ what: String) -> Attempt {
      Attempt(outcome: outcome, error: FSError(code, "\(server), needle \(name): \(what)"))
    }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      switch http.perform(request, body: bytes, into: buffer, context).reply {
      case .failure(let error):
        if error.isCallersChoice { return Attempt(outcome: .failed, error: error.asFSError) }
        return failed(
          error.kind == .stalled ? .stalled : .failed, .unavailable, error.message)
      case .success(let reply) where reply.status == 204:
        // These very bytes are there already: libcurl repeated the request on a new connection.
        return Attempt(outcome: .stored)
      case .success(let reply) where reply.isSuccess:
        let stored = UploadReply(
          reply, json: UnsafeRawBufferPointer(rebasing: buffer[..<reply.bodyBytes]))
        guard stored.bytes == nil || stored.bytes == UInt64(bytes.count),
          stored.etag.isEmpty || stored.etag == etag
        else {
          return failed(.differs, .corrupt, "the server stored other bytes (\(stored))")
        }
        return Attempt(outcome: .stored)
      case .success(let reply):
        return failed(
          .status(reply.status, text: reply.errorText), .unavailable,
          "status \(reply.status) \(reply.errorText)")
      }
    }
  }

  private func writeServer(_ taken: FileIDStock.Taken) -> String {
    if case .filerProxy(let filers) = address.access {
      let ordered = health.ordered(filers)
      if let first = ordered.first { return first }
    }
    let servers = taken.batch.ids.locations.map(address.server(of:))
    // Any replica takes a write and passes it on; `FileIDPool` gives no ids without a location.
    return health.ordered(servers).first ?? ""
  }

  /// Whether a volume is worth a try: it did not refuse lately, and all its servers are well, since
  /// a write needs every replica.
  private func isWelcome(_ ids: AssignedFileIDs, _ context: OperationContext) -> Bool {
    let volume = ids.first.volume
    let isAvoided = avoided.withLock {
      $0.isEmpty ? false : $0.contains(volume, now: Deadline.now)
    }
    if isAvoided { return false }
    if health.isAllWell { return true }
    let known = locations.remembered(volume) ?? []
    return !(ids.locations + known).contains { health.isSuspect(address.server(of: $0)) }
  }

  private func blameFor(
    _ blame: UploadPolicy.Blame, _ taken: FileIDStock.Taken, _ server: String, _ reason: String
  ) {
    let volume = taken.fid.volume
    pool.drop(volume: volume)
    discardLater(taken)
    switch blame {
    case .token: return
    case .server:
      health.failed(server, reason)
      avoided.withLock { $0.avoid(volume, now: Deadline.now) }
    case .volume: avoided.withLock { $0.avoid(volume, now: Deadline.now) }
    }
    Log.info("upload is repeated elsewhere volume=\(volume) server=\(server) reason=\"\(reason)\"")
  }
}
