import SwfsCore
import SwfsProto
import SwiftProtobuf
import Testing

@testable import SwfsCluster

@Suite struct ListingAssemblyTests {
  private func message(_ entry: Entry) throws -> [UInt8] {
    var response = FilerPb_ListEntriesResponse()
    response.entry = entry.message
    return try response.serializedBytes()
  }

  private func file(_ name: String) -> Entry { LiveCluster.file(EntryName(unchecked: name)) }

  private func page(
    _ messages: [[UInt8]], after: EntryName? = nil, limit: Int = 10, now: Int64 = 0
  ) -> ListingPage {
    var assembly = ListingAssembly("/d", after: after, limit: limit, nowSeconds: now)
    for message in messages { assembly.add(message) }
    return assembly.page
  }

  @Test func listingThatStartsOverIsDeliveredOnce() throws {
    let messages = try ["a", "b", "a", "b", "c"].map { try message(file($0)) }
    let page = page(messages)
    #expect(page.rows.map(\.name.string) == ["a", "b", "c"])
    #expect(page.lastName == "c")
    // Repeated names may have displaced others.
    #expect(!page.isLast)
    #expect(self.page(messages, after: "c").isLast)
  }

  @Test func fullPageIsNotTheLast() throws {
    let messages = try ["a", "b"].map { try message(file($0)) }
    #expect(!page(messages, limit: 2).isLast)
    #expect(page(messages, limit: 3).isLast)
    #expect(page([], after: "x").isLast)
    #expect(page([], after: "x").lastName == "x")
  }

  @Test func expiredRowCountsForThePosition() throws {
    var old = file("b")
    old.attributes.crtime = 100
    old.attributes.ttlSeconds = 10
    let page = page(try [file("a"), old].map { try message($0) }, limit: 2, now: 1000)
    #expect(page.rows.map(\.name.string) == ["a"])
    #expect(page.lastName == "b")
    #expect(!page.isLast)
  }

  @Test func corruptRowKeepsItsNameAndItsNeighbours() throws {
    var absurd = file("b")
    absurd.chunks = [Chunk(fid: nil, offset: -1, size: 5, modifiedNanoseconds: 0)]
    // A chunk of three bytes that is no message, behind a readable name.
    let broken: [UInt8] = [0x0a, 0x08, 0x0a, 0x01, 0x63, 0x1a, 0x03, 0xff, 0xff, 0xff]
    let page = page([try message(file("a")), try message(absurd), broken, try message(file("d"))])
    #expect(page.rows.map(\.name.string) == ["a", "b", "c", "d"])
    guard case .corrupt = page.rows[1].content, case .corrupt = page.rows[2].content else {
      Issue.record("\(page.rows)")
      return
    }
    guard case .attributes = page.rows[3].content else {
      Issue.record("the neighbour was lost")
      return
    }
  }

  @Test func namesThatCannotBeShownAreLeftOut() throws {
    let messages = try ["", "a/b", "ok"].map { try message(file($0)) }
    #expect(page(messages).rows.map(\.name.string) == ["ok"])
  }

  @Test func brokenMessagesNeverTrap() throws {
    let whole = try message(EntryProtoTests.everyField())
    for round in 0..<500 {
      var bytes = round % 2 == 0 ? whole : Array(whole.prefix(Int.random(in: 0..<whole.count)))
      if !bytes.isEmpty { bytes[Int.random(in: 0..<bytes.count)] ^= UInt8.random(in: 1...255) }
      _ = page([bytes, bytes])
      _ = WireScan.listedName(bytes)
    }
  }
}
