public import SwfsCore
import SwfsObserve
import SwfsProto
public import SwfsTransport
import Synchronization

/// Changes of everybody else: one `SubscribeLocalMetadata` stream to each filer, merged.
///
/// A local stream carries what was written through that filer, 3 to 8 ms after the write; the
/// aggregated one holds events back for 120 to 250 ms. Delivery is at least once: after a reconnect
/// events are repeated. Our own changes are left out by the filers. Thread-safe.
public final class FilerFeed: ChangeFeed {
  private let streams: [FilerEventStream]
  private let delivery = Monitor(Delivery())

  private struct Delivery {
    var handler: (@Sendable (FeedMessage) -> Void)?
    var isDelivering = false
    var isStarted = false
  }

  /// - Parameters:
  ///   - addresses: every filer that anybody writes through.
  ///   - prefix: only changes at or below this path are delivered.
  public init(
    _ addresses: [ServerAddress], tls: TLSContext? = nil, identity: ClientIdentity,
    below prefix: EntryPath
  ) {
    streams = addresses.enumerated().map { index, address in
      FilerEventStream(address, tls: tls, identity: identity, number: Int32(index), below: prefix)
    }
  }

  deinit { stop() }

  public func start(_ handler: @escaping @Sendable (FeedMessage) -> Void) {
    let isFirst = delivery.withLock { delivery in
      delivery.handler = handler
      defer { delivery.isStarted = true }
      return !delivery.isStarted
    }
    guard isFirst else { return }
    for stream in streams {
      stream.start { [delivery] message in Self.deliver(message, delivery) }
    }
  }

  public func stop() {
    for stream in streams { stream.stop() }
    delivery.update { $0.handler = nil }
    // A call that is under way is waited for, though not for ever: it may be the one that stops us.
    _ = delivery.wait(until: Deadline(secondsFromNow: 5)) { $0.isDelivering ? nil : true }
  }

  public var isHealthy: Bool { streams.allSatisfy(\.isHealthy) }

  /// Calls the handler outside the lock, one call at a time.
  private static func deliver(_ message: FeedMessage, _ delivery: Monitor<Delivery>) {
    var handler: (@Sendable (FeedMessage) -> Void)?
    while handler == nil {
      let turn = delivery.wait(until: Deadline(secondsFromNow: 60)) { delivery -> Bool? in
        guard let current = delivery.handler else { return false }
        guard !delivery.isDelivering else { return nil }
        delivery.isDelivering = true
        handler = current
        return true
      }
      if turn == false { return }
    }
    handler?(message)
    delivery.update { $0.isDelivering = false }
  }
}
