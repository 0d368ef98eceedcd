import Foundation
import SwfsObserve
import Testing

/// docs/METRICS.md and the metrics of the program name the same things.
@Suite struct MetricsDocumentTests {
  @Test func everyMetricIsDocumentedAndNothingElse() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appendingPathComponent("docs/METRICS.md"), encoding: .utf8)
    let documented = Set(
      text.split(separator: "\n").compactMap { line -> String? in
        guard line.hasPrefix("| `swfs_") else { return nil }
        return line.split(separator: "`").dropFirst().first.map(String.init)
      })
    // Histograms appear once something was recorded.
    OperationMetrics.record(.statfs, startedAt: 0)
    let served = Set(
      Metrics.exposition().split(separator: "\n").compactMap { line -> String? in
        guard line.hasPrefix("# TYPE ") else { return nil }
        return line.split(separator: " ").dropFirst(2).first.map(String.init)
      })
    #expect(documented == served)
  }
}
