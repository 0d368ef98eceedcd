import Testing

@testable import SwfsTransport

@Suite struct GRPCMessageDecoderTests {
  private func feed(
    _ decoder: inout GRPCMessageDecoder, _ bytes: [UInt8]
  ) throws(GRPCMessageDecoder.Failure) -> [[UInt8]] {
    var out: [[UInt8]] = []
    var failure: GRPCMessageDecoder.Failure?
    bytes.withUnsafeBufferPointer { buffer in
      do throws(GRPCMessageDecoder.Failure) { try decoder.feed(buffer) { out.append($0) } } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return out
  }

  @Test func messagesSurviveEverySplit() throws {
    let messages: [[UInt8]] = [[], [1], Array(repeating: 7, count: 300), [2, 3]]
    let wire = messages.flatMap(GRPCMessageDecoder.encode)
    for size in [1, 2, 3, 5, 6, 64, wire.count] {
      var decoder = GRPCMessageDecoder()
      var got: [[UInt8]] = []
      var start = 0
      while start < wire.count {
        let end = min(start + size, wire.count)
        got += try feed(&decoder, Array(wire[start..<end]))
        start = end
      }
      #expect(got == messages)
      #expect(decoder.isBetweenMessages)
    }
  }

  @Test func cutMessageIsNoticed() throws {
    let wire = GRPCMessageDecoder.encode([1, 2, 3])
    for length in 1..<wire.count {
      var decoder = GRPCMessageDecoder()
      #expect(try feed(&decoder, Array(wire.prefix(length))) == [])
      #expect(!decoder.isBetweenMessages)
    }
  }

  @Test func compressedMessageIsRefused() {
    var decoder = GRPCMessageDecoder()
    #expect(throws: GRPCMessageDecoder.Failure.compressed) {
      try feed(&decoder, [1, 0, 0, 0, 1, 9])
    }
  }

  @Test func absurdLengthIsRefusedWithoutTakingMemory() {
    var decoder = GRPCMessageDecoder()
    #expect(throws: GRPCMessageDecoder.Failure.tooLong(0xffff_ffff)) {
      try feed(&decoder, [0, 255, 255, 255, 255])
    }
  }

  @Test func randomBytesNeverTrap() {
    for _ in 0..<2000 {
      var decoder = GRPCMessageDecoder()
      for _ in 0..<4 {
        let bytes = (0..<Int.random(in: 0..<64)).map { _ in UInt8.random(in: 0...3) }
        if (try? feed(&decoder, bytes)) == nil { break }
      }
    }
  }
}
