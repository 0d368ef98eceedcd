import Testing

@testable import SwfsFS

@Suite struct AccessDetectorTests {
  static let kibibyte: Int64 = 1024
  static let mebibyte: Int64 = 1 << 20

  private func advice(
    _ detector: inout AccessDetector, _ start: Int64, _ count: Int64,
    windowMax: Int64 = 32 << 20
  ) -> AccessDetector.Advice {
    detector.observe(start..<start + count, windowMax: windowMax)
  }

  private func isAhead(_ advice: AccessDetector.Advice) -> Bool { advice != .exact }

  @Test func firstReadIsExact() {
    var detector = AccessDetector(windowStart: 1 << 20)
    #expect(advice(&detector, 0, 128 << 10) == .exact)
    #expect(!detector.isSequential)
  }

  @Test func secondReadInARowReadsAhead() {
    var detector = AccessDetector(windowStart: 1 << 20)
    _ = advice(&detector, 0, 128 << 10)
    let next = advice(&detector, 128 << 10, 128 << 10)
    #expect(next == .ahead(256 << 10..<256 << 10 + 1 << 20))
    #expect(detector.isSequential)
  }

  @Test func aheadIsAskedForOnceOnly() {
    var detector = AccessDetector(windowStart: 1 << 20)
    var asked: [Range<Int64>] = []
    for offset in stride(from: Int64(0), to: 64 << 20, by: 128 << 10) {
      if case .ahead(let range) = advice(&detector, offset, 128 << 10), !range.isEmpty {
        asked.append(range)
      }
    }
    for (earlier, later) in zip(asked, asked.dropFirst()) {
      #expect(earlier.upperBound == later.lowerBound)
    }
    #expect(asked.count < 64)
  }

  @Test func windowGrowsWithUseUpToTheBound() {
    var detector = AccessDetector(windowStart: 1 << 20)
    var farthest: Int64 = 0
    for offset in stride(from: Int64(0), to: 64 << 20, by: 1 << 20) {
      if case .ahead(let range) = advice(&detector, offset, 1 << 20, windowMax: 8 << 20) {
        farthest = max(farthest, range.upperBound - (offset + 1 << 20))
      }
    }
    #expect(farthest == 8 << 20)
  }

  @Test func wasteHalvesTheWindow() {
    var detector = AccessDetector(windowStart: 1 << 20)
    for offset in stride(from: Int64(0), to: 32 << 20, by: 1 << 20) {
      _ = advice(&detector, offset, 1 << 20, windowMax: 8 << 20)
    }
    detector.noteWaste()
    var farthest: Int64 = 0
    for offset in stride(from: Int64(32) << 20, to: 35 << 20, by: 1 << 20) {
      if case .ahead(let range) = advice(&detector, offset, 1 << 20, windowMax: 8 << 20),
        !range.isEmpty
      {
        farthest = max(farthest, range.upperBound - (offset + 1 << 20))
      }
    }
    #expect(farthest <= 4 << 20)
  }

  @Test func readsAllOverTheFileStayExact() {
    var detector = AccessDetector(windowStart: 1 << 20)
    var random = SplitMix(7)
    for _ in 0..<1000 {
      let page = Int64.random(in: 0..<262_144, using: &random)
      #expect(advice(&detector, page * 4096, 4096) == .exact)
    }
  }

  @Test func pairOfPagesIsNoStream() {
    var detector = AccessDetector(windowStart: 1 << 20)
    for page in [Int64(100), 101, 90_000, 90_001, 5000, 5001] {
      #expect(advice(&detector, page * 4096, 4096) == .exact)
    }
  }

  @Test func requestsOutOfOrderAreStillOneStream() {
    // The kernel reads ahead in 128 KiB requests that overtake each other within a megabyte.
    var detector = AccessDetector(windowStart: 1 << 20)
    var random = SplitMix(3)
    var exact = 0
    for window in 0..<32 {
      let order = (0..<8).shuffled(using: &random)
      for request in order {
        let offset = Int64(window * 8 + request) * (128 << 10)
        if !isAhead(advice(&detector, offset, 128 << 10)) { exact += 1 }
      }
    }
    #expect(exact <= 10)
    #expect(detector.isSequential)
  }

  @Test func readingBackwardsFetchesWhatLiesBefore() {
    var detector = AccessDetector(windowStart: 1 << 20)
    var last: AccessDetector.Advice = .exact
    var asked: [Range<Int64>] = []
    for offset in stride(from: Int64(20) << 20, through: 18 << 20, by: -(128 << 10)) {
      last = advice(&detector, offset, 128 << 10)
      if case .ahead(let range) = last, !range.isEmpty { asked.append(range) }
    }
    #expect(isAhead(last))
    #expect(asked.contains { $0.upperBound <= 20 << 20 })
    #expect((asked.last?.lowerBound ?? .max) < 18 << 20)
  }

  @Test func sparseStrideStaysExactAndDenseStrideReadsAhead() {
    var sparse = AccessDetector(windowStart: 1 << 20)
    for step in 0..<64 {
      #expect(advice(&sparse, Int64(step) << 20, 64 << 10) == .exact)
    }
    var dense = AccessDetector(windowStart: 1 << 20)
    var last = AccessDetector.Advice.exact
    for step in 0..<16 { last = advice(&dense, Int64(step) * (128 << 10), 96 << 10) }
    #expect(isAhead(last))
  }

  @Test func jumpEndsReadingAheadUntilItIsSequentialAgain() {
    var detector = AccessDetector(windowStart: 1 << 20)
    for step in 0..<8 { _ = advice(&detector, Int64(step) * (128 << 10), 128 << 10) }
    #expect(advice(&detector, 500 << 20, 4096) == .exact)
  }

  @Test func twoThreadsOnOneHandleAreTwoStreams() {
    var detector = AccessDetector(windowStart: 1 << 20)
    var exact = 0
    for step in 0..<32 {
      for base in [Int64(0), 1 << 30] {
        let advice = advice(&detector, base + Int64(step) * (128 << 10), 128 << 10)
        if !isAhead(advice) { exact += 1 }
      }
    }
    #expect(exact == 2)
  }

  @Test func withoutMemoryNothingIsFetchedAhead() {
    var detector = AccessDetector(windowStart: 1 << 20)
    for step in 0..<16 {
      let advice = advice(&detector, Int64(step) << 20, 1 << 20, windowMax: 0)
      if case .ahead(let range) = advice { #expect(range.isEmpty) }
    }
  }

  @Test func whatCouldNotBeQueuedIsAskedForAgain() {
    var detector = AccessDetector(windowStart: 4 << 20)
    _ = advice(&detector, 0, 1 << 20)
    #expect(advice(&detector, 1 << 20, 1 << 20) == .ahead(2 << 20..<6 << 20))
    detector.noteUnscheduled(from: 2 << 20)
    guard case .ahead(let range) = advice(&detector, 2 << 20, 1 << 20) else {
      Issue.record("not sequential")
      return
    }
    #expect(range.lowerBound == 3 << 20)
  }

  @Test func offsetsAtTheVeryEndDoNotOverflow() {
    var detector = AccessDetector(windowStart: 1 << 20)
    let end = Int64.max
    _ = detector.observe(end - 4 << 20..<end - 2 << 20, windowMax: 1 << 40)
    _ = detector.observe(end - 2 << 20..<end - 1, windowMax: 1 << 40)
    _ = detector.observe(end - 1..<end, windowMax: 1 << 40)
    #expect(detector.isSequential)
  }
}
