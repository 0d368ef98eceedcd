import SwfsCore
import Testing

@testable import SwfsCtl

@Suite struct StatsTests {
  private let text = """
    # HELP swfs_uploads_total Needles stored.
    # TYPE swfs_uploads_total counter
    swfs_uploads_total 10
    # TYPE swfs_dirty_bytes gauge
    swfs_dirty_bytes 4096
    # TYPE swfs_reads_total counter
    swfs_reads_total{source="a b"} 5 1700000000
    nonsense
    swfs_broken{ 3
    swfs_broken x
    """

  @Test func samplesAreRead() {
    let exposition = Exposition(parsing: text)
    #expect(
      exposition.samples == [
        .init(name: "swfs_uploads_total", labels: "", value: 10),
        .init(name: "swfs_dirty_bytes", labels: "", value: 4096),
        .init(name: "swfs_reads_total", labels: #"source="a b""#, value: 5),
      ])
    #expect(exposition.help["swfs_uploads_total"] == "Needles stored.")
  }

  @Test func countersBecomeRatesAndGaugesStay() {
    let earlier = Exposition(parsing: text)
    let later = Exposition(
      parsing: text.replacing("_total 10", with: "_total 30").replacing("} 5", with: "} 1"))
    let rates = later.rates(since: earlier, seconds: 2)
    // The last counter began anew.
    #expect(rates.map(\.value) == [10, 4096, 0.5])
  }

  @Test func watcherIsToldWhenLinesWereDropped() {
    var queue = WatchQueue()
    for _ in 0..<(WatchQueue.linesMax + 5) { queue.add(.resumed(filer: "f")) }
    let lines = queue.takeAll()
    #expect(lines.count == WatchQueue.linesMax + 1)
    #expect(lines.last?.json.string.contains("interrupted") == true)
    #expect(queue.isEmpty)
    queue.add(.interrupted(filer: "f"))
    #expect(queue.takeAll().map(\.json.string) == [#"{"event":"interrupted","filer":"f"}"#])
  }

  @Test func changesAreNamedByWhatHappened() {
    func line(_ old: EntryName?, _ new: EntryName?) -> String {
      func entry(_ name: EntryName?) -> Entry? {
        name.map { Entry(name: $0, attributes: StoredAttributes()) }
      }
      return WatchLine.line(
        .change(
          ChangeEvent(
            directory: "/d", oldEntry: entry(old), newEntry: entry(new), newDirectory: "/d",
            timestampNanoseconds: 0))
      ).json.string
    }
    #expect(line(nil, "a").hasPrefix(#"{"event":"create","path":"/d/a","type":"file""#))
    #expect(line("a", nil).hasPrefix(#"{"event":"delete","path":"/d/a""#))
    #expect(line("a", "a").hasPrefix(#"{"event":"update","path":"/d/a""#))
    #expect(line("a", "b").hasPrefix(#"{"event":"rename","from":"/d/a","path":"/d/b""#))
  }
}
