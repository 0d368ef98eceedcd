import SwfsCore
import SwfsObserve
import SwfsProto
import SwfsTransport
import SwiftProtobuf
import Synchronization

/// The event stream of one filer: keeps it open, watches its pulse, says when it broke and is back.
///
/// Has its own connection, so that a flood of events never delays a call. One thread.
final class FilerEventStream: Sendable {
  private let address: ServerAddress
  private let channel: GRPCChannel
  private let identity: ClientIdentity
  private let clientID: Int32
  private let prefix: EntryPath
  private let healthy = Atomic<Bool>(false)
  private let stopped = Monitor(false)

  /// How far back a stream asks when it starts: the filer's clock is asked first, so this only covers
  /// events that are being written at that moment.
  static let startMarginSeconds = 1.0
  /// How far before the last event a stream asks after a break, and how old that may be: what is older
  /// is covered by looking at everything again, which a break demands anyway.
  static let resumeMarginSeconds = 10.0
  static let resumeAgeSecondsMax = 120.0
  /// A filer without peers sends nothing until something changes: open for this long counts as up.
  static let settleSeconds = 1.0
  static let retryPauseSeconds = (first: 0.1, longest: 2.0)

  init(
    _ address: ServerAddress, tls: TLSContext?, identity: ClientIdentity, number: Int32,
    below prefix: EntryPath
  ) {
    self.address = address
    self.identity = identity
    self.prefix = prefix
    clientID = identity.clientID &+ number
    channel = GRPCChannel(address, tls: tls)
  }

  var isHealthy: Bool { healthy.load(ordering: .acquiring) }

  func start(_ deliver: @escaping @Sendable (FeedMessage) -> Void) {
    startThread("swfs-feed") { [self] in run(deliver) }
  }

  func stop() {
    stopped.update { $0 = true }
    channel.close()
  }

  private var isStopped: Bool { stopped.withLock { $0 } }

  /// What the thread keeps from one connection to the next.
  private struct Progress {
    var health = StreamHealth()
    /// Newest event's time by this filer's clock; 0 before the first.
    var lastTimestamp: Int64 = 0
    var epoch: Int32 = 0
    var pauseSeconds = FilerEventStream.retryPauseSeconds.first
  }

  private func run(_ deliver: @escaping @Sendable (FeedMessage) -> Void) {
    var progress = Progress()
    while !isStopped {
      do throws(GRPCError) {
        try follow(&progress, deliver)
      } catch {
        if !isStopped { Log.info("event stream of filer \(address): \(error)") }
      }
      let action = progress.health.broke()
      act(isStopped ? .none : action, &progress, deliver)
      if isStopped { return }
      let end = Deadline(secondsFromNow: progress.pauseSeconds)
      _ = stopped.wait(until: end) { $0 ? true : nil }
      progress.pauseSeconds = min(progress.pauseSeconds * 2, Self.retryPauseSeconds.longest)
    }
  }

  /// One subscription, from its start to its end.
  private func follow(
    _ progress: inout Progress, _ deliver: @Sendable (FeedMessage) -> Void
  ) throws(GRPCError) {
    let now = try filerTime()
    progress.epoch &+= 1
    let request = try subscription(since: Self.since(now, progress.lastTimestamp), progress.epoch)
    let stream = try channel.open(
      FilerMethod.subscribeLocal.path, request, .background(seconds: GRPCChannel.connectSeconds))
    let opened = Deadline.now
    while !isStopped {
      let part = try stream.next(until: Deadline(secondsFromNow: 0.25))
      let now = Deadline.now
      switch part {
      case .end: throw GRPCError(.connectionLost, "the filer ended the stream")
      case .messages(let messages):
        for message in messages { handle(EventDecoder.decode(message), &progress, deliver) }
      case nil:
        if Double(now - opened) / 1e9 >= Self.settleSeconds {
          act(progress.health.settled(now: now), &progress, deliver)
        }
        let action = progress.health.tick(now: now)
        if action == .reconnect {
          channel.close()
          throw GRPCError(.noAnswer, "no heartbeat")
        }
        act(action, &progress, deliver)
      }
    }
  }

  private func handle(
    _ decoded: EventDecoder.Decoded, _ progress: inout Progress,
    _ deliver: @Sendable (FeedMessage) -> Void
  ) {
    progress.pauseSeconds = Self.retryPauseSeconds.first
    progress.lastTimestamp = max(progress.lastTimestamp, decoded.timestampNanoseconds)
    let beat = decoded.items.contains(.heartbeat)
    act(progress.health.received(now: Deadline.now, beat: beat), &progress, deliver)
    for case .corrupt(let reason) in decoded.items {
      Metrics.corruptRows.add()
      Log.error("event of filer \(address): \(reason)")
      // Something changed, nobody knows what: everything has to be looked at again.
      deliver(.interrupted(filer: address.description))
      deliver(.resumed(filer: address.description))
    }
    for change in decoded.changes where isBelowPrefix(change) {
      Metrics.feedEvents.add()
      deliver(.change(change))
    }
  }

  /// The filer compares strings: `/a/b` brings the events of `/a/bc` as well.
  private func isBelowPrefix(_ change: ChangeEvent) -> Bool {
    func isInside(_ directory: EntryPath, _ entry: Entry?) -> Bool {
      guard let entry else { return false }
      return directory.appending(entry.name).relative(to: prefix) != nil
    }
    return isInside(change.directory, change.oldEntry)
      || isInside(change.newDirectory, change.newEntry)
  }

  private func act(
    _ action: StreamHealth.Action, _ progress: inout Progress,
    _ deliver: @Sendable (FeedMessage) -> Void
  ) {
    let isUp = progress.health.isUp
    if healthy.exchange(isUp, ordering: .acquiringAndReleasing) != isUp {
      Metrics.feedStreamsUp.add(isUp ? 1 : -1)
    }
    switch action {
    case .interrupted:
      Metrics.feedBreaks.add()
      Log.notice("event stream of filer \(address) is interrupted")
      deliver(.interrupted(filer: address.description))
    case .resumed:
      Log.notice("event stream of filer \(address) is back")
      deliver(.resumed(filer: address.description))
    case .none, .reconnect: break
    }
  }

  /// Where to start, by the filer's clock: ours may be ahead, and would then hide events.
  static func since(_ filerNow: Int64, _ lastTimestamp: Int64) -> Int64 {
    guard lastTimestamp > 0 else { return filerNow - Int64(startMarginSeconds * 1e9) }
    let oldest = filerNow - Int64(resumeAgeSecondsMax * 1e9)
    let wanted = lastTimestamp.subtractingReportingOverflow(Int64(resumeMarginSeconds * 1e9))
    return max(wanted.partialValue, oldest)
  }

  /// The filer's clock, from a lookup that its database answers.
  private func filerTime() throws(GRPCError) -> Int64 {
    var clock = FilerPb_LookupDirectoryEntryRequest()
    clock.directory = "/"
    let bytes = try Self.encode(clock)
    let reply = try channel.unary(
      FilerMethod.lookup.path, bytes, .background(seconds: EndpointPool.probeSeconds))
    guard let decoded = try? FilerPb_LookupDirectoryEntryResponse(serializedBytes: reply) else {
      throw GRPCError(.malformedReply, "the lookup's reply does not decode")
    }
    return decoded.logTsNs
  }

  private func subscription(since: Int64, _ epoch: Int32) throws(GRPCError) -> [UInt8] {
    var request = FilerPb_SubscribeMetadataRequest()
    request.clientName = "swfs:\(identity.name)"
    request.pathPrefix = prefix.string
    request.sinceNs = since
    request.signature = identity.signature
    request.clientID = clientID
    request.clientEpoch = epoch
    request.clientSupportsBatching = true
    request.clientSupportsIdleHeartbeat = true
    return try Self.encode(request)
  }

  private static func encode(_ message: some Message) throws(GRPCError) -> [UInt8] {
    do { return try message.serializedBytes() } catch {
      throw GRPCError(.malformedReply, "the request does not encode", mayHaveHappened: false)
    }
  }
}
