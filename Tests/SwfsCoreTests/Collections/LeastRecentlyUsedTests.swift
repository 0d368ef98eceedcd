import SwfsCore
import Testing

@Suite struct LeastRecentlyUsedTests {
  @Test func oldestGoesFirstAndUseMakesNew() {
    var values = LeastRecentlyUsed<Int, String>()
    for key in 1...4 { values.insert("\(key)", for: key) }
    #expect(values.use(1) == "1")
    #expect(values.peek(2) == "2")
    values.demote(4)
    #expect(values.removeOldest()?.key == 4)
    #expect(values.removeOldest()?.key == 2)
    #expect(values.removeOldest()?.key == 3)
    #expect(values.removeOldest()?.key == 1)
    #expect(values.removeOldest() == nil)
    #expect(values.isEmpty)
  }

  @Test func insertReplaces() {
    var values = LeastRecentlyUsed<Int, String>()
    #expect(values.insert("a", for: 1) == nil)
    #expect(values.insert("b", for: 1) == "a")
    #expect(values.count == 1)
    #expect(values.remove(1) == "b")
    #expect(values.remove(1) == nil)
    #expect(values.use(1) == nil)
  }

  /// Random operations against a list in order of use.
  @Test func randomOperationsEqualAPlainList() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var state = seed
    func random(_ below: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % below)
    }
    var values = LeastRecentlyUsed<Int, Int>()
    var model: [(key: Int, value: Int)] = []
    for round in 0..<5000 {
      let key = random(20)
      let index = model.firstIndex { $0.key == key }
      switch random(6) {
      case 0, 1:
        values.insert(round, for: key)
        if let index { model.remove(at: index) }
        model.append((key, round))
      case 2:
        #expect(values.use(key) == index.map { model[$0].value }, "seed \(seed)")
        if let index { model.append(model.remove(at: index)) }
      case 3:
        #expect(values.remove(key) == index.map { model.remove(at: $0).value }, "seed \(seed)")
      case 4:
        values.demote(key)
        if let index { model.insert(model.remove(at: index), at: 0) }
      default:
        let oldest = model.isEmpty ? nil : model.removeFirst()
        #expect(values.removeOldest()?.key == oldest?.key, "seed \(seed)")
      }
      #expect(values.count == model.count, "seed \(seed)")
    }
  }
}
