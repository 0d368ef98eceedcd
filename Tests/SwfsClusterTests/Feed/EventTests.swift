import SwfsCore
import SwfsProto
import SwiftProtobuf
import Testing

@testable import SwfsCluster

@Suite struct EventDecoderTests {
  private func event(
    _ directory: String, old: Entry? = nil, new: Entry? = nil, parent: String = "",
    time: Int64 = 5
  ) -> FilerPb_SubscribeMetadataResponse {
    var message = FilerPb_SubscribeMetadataResponse()
    message.directory = directory
    message.tsNs = time
    message.eventNotification = FilerPb_EventNotification()
    if let old { message.eventNotification.oldEntry = old.message }
    if let new { message.eventNotification.newEntry = new.message }
    message.eventNotification.newParentPath = parent
    return message
  }

  private func decode(_ message: FilerPb_SubscribeMetadataResponse) throws -> EventDecoder.Decoded {
    EventDecoder.decode(try message.serializedBytes())
  }

  private let file = LiveCluster.file("f", content: [1])

  @Test func moveNamesBothDirectories() throws {
    let decoded = try decode(event("/a", old: file, new: file, parent: "/b"))
    #expect(decoded.items == [.change])
    #expect(decoded.changes.first?.directory == "/a")
    #expect(decoded.changes.first?.newDirectory == "/b")
    #expect(decoded.timestampNanoseconds == 5)
  }

  @Test func deletionStaysInItsDirectory() throws {
    let change = try decode(event("/a", old: file)).changes.first
    #expect(change?.newEntry == nil)
    #expect(change?.oldEntry == file)
    #expect(change?.newDirectory == "/a")
  }

  @Test func heartbeatIsNoCursor() throws {
    var beat = FilerPb_SubscribeMetadataResponse()
    beat.tsNs = 77
    let decoded = try decode(beat)
    #expect(decoded.items == [.heartbeat])
    #expect(decoded.timestampNanoseconds == 0)
  }

  @Test func progressMarkerMovesTheCursor() throws {
    let decoded = try decode(event("", time: 9))
    #expect(decoded.items == [.progress])
    #expect(decoded.timestampNanoseconds == 9)
  }

  @Test func batchIsTakenApart() throws {
    var batch = event("/a", new: file, time: 3)
    batch.events = [event("/b", new: file, time: 1), event("/c", old: file, time: 2)]
    let decoded = try decode(batch)
    #expect(decoded.changes.map(\.directory.string) == ["/b", "/c", "/a"])
    #expect(decoded.timestampNanoseconds == 3)
  }

  @Test func nonsenseIsCorruptNotLost() throws {
    guard case .corrupt = EventDecoder.decode([0x0a, 0xff]).items.first else {
      Issue.record("broken bytes were taken for an event")
      return
    }
    guard case .corrupt = try decode(event("no slash", new: file)).items.first else {
      Issue.record("a relative directory was taken for an event")
      return
    }
  }

  @Test func brokenBytesNeverTrap() throws {
    var batch = event("/a", old: EntryProtoTests.everyField(), new: file)
    batch.events = [event("/b", new: EntryProtoTests.everyField())]
    let whole: [UInt8] = try batch.serializedBytes()
    for round in 0..<2000 {
      var bytes = round % 2 == 0 ? whole : Array(whole.prefix(Int.random(in: 0..<whole.count)))
      if !bytes.isEmpty { bytes[Int.random(in: 0..<bytes.count)] ^= UInt8.random(in: 1...255) }
      _ = EventDecoder.decode(bytes)
    }
  }
}

@Suite struct StreamHealthTests {
  private func at(_ seconds: Double) -> UInt64 { 1_000_000_000 + UInt64(seconds * 1e9) }

  @Test func silenceAfterBeatsIsABreakReportedOnce() {
    var health = StreamHealth()
    #expect(health.received(now: at(0), beat: true) == .none)
    #expect(health.isUp)
    #expect(health.tick(now: at(1)) == .none)
    #expect(health.tick(now: at(1.6)) == .interrupted)
    #expect(!health.isUp)
    #expect(health.tick(now: at(1.9)) == .none)
    #expect(health.received(now: at(2), beat: true) == .resumed)
    #expect(health.isUp)
  }

  @Test func longSilenceBreaksTheConnection() {
    var health = StreamHealth()
    _ = health.received(now: at(0), beat: true)
    #expect(health.tick(now: at(2)) == .interrupted)
    #expect(health.tick(now: at(5.1)) == .reconnect)
    #expect(health.broke() == .none)
    #expect(health.received(now: at(6), beat: false) == .resumed)
  }

  @Test func loneFilerMayBeSilent() {
    var health = StreamHealth()
    #expect(health.settled(now: at(1)) == .none)
    #expect(health.isUp)
    #expect(health.tick(now: at(3600)) == .none)
    #expect(health.broke() == .interrupted)
    #expect(health.settled(now: at(3601)) == .resumed)
  }

  @Test func silentStreamDoesNotSettle() {
    var health = StreamHealth()
    _ = health.received(now: at(0), beat: true)
    _ = health.tick(now: at(2))
    #expect(health.settled(now: at(2.1)) == .none)
    #expect(!health.isUp)
  }

  @Test func breakBeforeTheFirstMessageSaysNothing() {
    var health = StreamHealth()
    #expect(health.broke() == .none)
    #expect(health.received(now: at(1), beat: true) == .none)
    #expect(health.isUp)
  }

  @Test func streamAsksFromBeforeTheLastEventByTheFilersClock() {
    let second: Int64 = 1_000_000_000
    let now = 10_000 * second
    #expect(FilerEventStream.since(now, 0) == now - second)
    #expect(FilerEventStream.since(now, now - 5 * second) == now - 15 * second)
    #expect(FilerEventStream.since(now, 1) == now - 120 * second)
    #expect(FilerEventStream.since(now, .min) <= now)
  }
}
