import SwfsCore
import SwfsObserve
import SwfsTransport
import Synchronization

/// What a read of needle bytes brought.
struct NeedleBytes: Sendable {
  /// Bytes in the buffer.
  var count: Int
  /// Clear length of the whole needle, when the server told it.
  var total: UInt64?
}

extension VolumeChunkStore {
  /// Reads `[first, first + buffer.count)` of a needle from whichever replica delivers.
  ///
  /// - Parameter isWhole: the buffer may be longer than the needle; else every byte must come.
  func readNeedle(
    _ fid: FileID, from first: UInt64, into buffer: UnsafeMutableRawBufferPointer, isWhole: Bool,
    _ context: OperationContext
  ) throws(FSError) -> NeedleBytes {
    let name = fid.description
    var policy = ReplicaPolicy(
      stallSeconds: options.readStallSeconds, hedges: true,
      unknownVolumePatienceSeconds: options.unknownVolumePatienceSeconds)
    var lastError: FSError?
    var attempts = 0
    var askedSince: UInt64?

    /// The caller's own end, with the last trouble as its cause.
    func explained(_ error: FSError) -> FSError {
      guard error.code == .timedOut || error.code == .interrupted, let lastError else {
        return error
      }
      return FSError(error.code, error.message, causedBy: lastError)
    }

    while true {
      switch policy.next(random: .random(in: 0..<1)) {
      case .locate(let fresh):
        let since = fresh ? (askedSince ?? Deadline.now) : nil
        do {
          let servers = try servers(of: fid, since: since, context)
          policy.located(servers, fresh: fresh)
          if servers.isEmpty {
            lastError = FSError(.chunkMissing, "no server has volume \(fid.volume)")
          }
        } catch {
          guard error.code != .interrupted, error.code != .timedOut || !context.deadline.hasPassed
          else { throw explained(error) }
          lastError = error
          policy.locatingFailed()
        }
        askedSince = Deadline.now
      case .pause(let seconds):
        do {
          try context.sleep(seconds: seconds, "a replica of needle \(name)")
        } catch { throw explained(error) }
      case .fail(let code):
        throw FSError(code, "cannot read needle \(name)", causedBy: lastError)
      case .ask(let server, let hedge, let stallSeconds):
        attempts += 1
        if attempts > 1 { Metrics.downloadRetries.add() }
        let answer = ask(
          server, hedge: hedge, fid, name, first, buffer, isWhole: isWhole, stallSeconds, context)
        switch answer.result {
        case .success(let bytes):
          Metrics.downloads.add()
          Metrics.downloadedBytes.add(bytes.count)
          return bytes
        case .failure(let failure):
          if failure.error.code == .interrupted || failure.error.code == .timedOut {
            throw explained(failure.error)
          }
          lastError = failure.error
          if answer.wasHedged, let hedge {
            policy.answered(.stalled)
            policy.hedgeAnswered(hedge, failure.verdict)
          } else {
            policy.answered(failure.verdict)
          }
        }
      }
    }
  }

  /// Why one replica did not deliver.
  struct ReplicaFailure: Error {
    var verdict: ReplicaPolicy.Verdict
    var error: FSError
  }

  struct ReplicaAnswer {
    var result: Result<NeedleBytes, ReplicaFailure>
    var wasHedged: Bool
  }

  /// One request, hedged when there is another replica.
  private func ask(
    _ server: String, hedge: String?, _ fid: FileID, _ name: String, _ first: UInt64,
    _ buffer: UnsafeMutableRawBufferPointer, isWhole: Bool, _ stallSeconds: Double,
    _ context: OperationContext
  ) -> ReplicaAnswer {
    let headers = address.readHeaders(name)
    func request(_ server: String) -> HTTPRequest {
      HTTPRequest(
        .get, url: address.readURL(server, name), server: server,
        range: HTTPRequest.Range(first: first, count: buffer.count), headers: headers,
        stallSeconds: stallSeconds)
    }
    // A suspect is the last resort; it gets its chance without help.
    let outcome = http.perform(
      request(server), into: buffer,
      hedge: hedge.map { HTTPHedge(request: request($0), afterSeconds: options.hedgeAfterSeconds) },
      context)
    let answered = outcome.isFromHedge ? (hedge ?? server) : server
    if outcome.isFromHedge {
      health.failed(server, "silent for \(options.hedgeAfterSeconds) s, another replica answered")
    }
    let result = judge(outcome.reply, answered, fid, name, first, buffer, isWhole, context)
    return ReplicaAnswer(result: result, wasHedged: outcome.wasHedged)
  }

  private func judge(
    _ outcome: Result<HTTPReply, HTTPError>, _ server: String, _ fid: FileID, _ name: String,
    _ first: UInt64, _ buffer: UnsafeMutableRawBufferPointer, _ isWhole: Bool,
    _ context: OperationContext
  ) -> Result<NeedleBytes, ReplicaFailure> {
    func failed(
      _ verdict: ReplicaPolicy.Verdict, _ code: FSError.Code, _ what: String
    ) -> Result<NeedleBytes, ReplicaFailure> {
      .failure(
        ReplicaFailure(verdict: verdict, error: FSError(code, "\(server), needle \(name): \(what)"))
      )
    }
    switch outcome {
    case .failure(let error):
      if error.isCallersChoice {
        return .failure(ReplicaFailure(verdict: .failed, error: error.asFSError))
      }
      if error.kind == .malformed { return failed(.corrupt, .corrupt, error.message) }
      health.failed(server, error.message)
      return failed(error.kind == .stalled ? .stalled : .failed, .unavailable, error.message)
    case .success(let reply):
      switch reply.status {
      case 200, 206:
        health.succeeded(server)
        if !isWhole && reply.bodyBytes != buffer.count {
          return failed(
            .corrupt, .corrupt,
            "\(reply.bodyBytes) bytes from \(first) on instead of \(buffer.count)")
        }
        guard isIntact(reply, server, fid, name, first, buffer, context) else {
          return failed(.corrupt, .corrupt, "the checksum does not fit")
        }
        return .success(NeedleBytes(count: reply.bodyBytes, total: reply.totalBytes))
      case 416:
        health.succeeded(server)
        return failed(.corrupt, .corrupt, "the needle ends before \(first)")
      case 404, 300..<400:
        health.succeeded(server)
        return failed(.missing, .chunkMissing, "not there (\(reply.status))")
      case 401, 403:
        return failed(.refused, .accessDenied, "refused (\(reply.status)) \(reply.errorText)")
      default:
        // The server works but cannot deliver now (429, 5xx): not a reason to call it dead.
        return failed(.failed, .unavailable, "status \(reply.status) \(reply.errorText)")
      }
    }
  }

  /// Compares a whole needle with its ETag. A part of one cannot be checked; the server checks its
  /// own copy, and only while it is small.
  private func isIntact(
    _ reply: HTTPReply, _ server: String, _ fid: FileID, _ name: String, _ first: UInt64,
    _ buffer: UnsafeMutableRawBufferPointer, _ context: OperationContext
  ) -> Bool {
    guard first == 0, reply.totalBytes == UInt64(reply.bodyBytes), !reply.isGzip else {
      return true
    }
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<reply.bodyBytes])
    if NeedleChecksum.fits(reply.etag, bytes) { return true }
    if gzipNeedles.withLock({ $0.contains(fid) }) { return true }
    // Stored as gzip, then: the checksum is that of the gzip bytes, and the server's decompression
    // has checked the content.
    let request = HTTPRequest(
      .head, url: address.readURL(server, name), server: server,
      headers: address.readHeaders(name) + ["Accept-Encoding: gzip"],
      stallSeconds: options.readStallSeconds)
    guard case .success(let head) = http.perform(request, context).reply, head.isGzip else {
      return false
    }
    gzipNeedles.withLock { $0.insert(fid) }
    return true
  }

  /// Servers to read a needle from, best first.
  private func servers(
    of fid: FileID, since: UInt64?, _ context: OperationContext
  ) throws(FSError) -> [String] {
    if case .filerProxy(let filers) = address.access {
      return health.ordered(Self.rotated(filers, by: fid.key))
    }
    let found = try locations.locations(of: fid.volume, since: since, context)
    // The same needle goes to the same server as long as it is well, for the sake of its page cache.
    var servers = Self.rotated(found, by: fid.key)
    if !options.dataCenter.isEmpty {
      servers =
        servers.filter { $0.dataCenter == options.dataCenter }
        + servers.filter { $0.dataCenter != options.dataCenter }
    }
    return health.ordered(servers.map(address.server(of:)))
  }

  private static func rotated<T>(_ items: [T], by key: UInt64) -> [T] {
    guard items.count > 1 else { return items }
    let start = Int(key % UInt64(items.count))
    return Array(items[start...] + items[..<start])
  }
}
