/// Metrics in Prometheus' text format, as a mount serves them.
struct Exposition: Equatable {
  struct Sample: Equatable {
    var name: String
    /// Without braces, as it was sent.
    var labels: String
    var value: Double
  }

  private(set) var samples: [Sample] = []
  private(set) var types: [String: String] = [:]
  private(set) var help: [String: String] = [:]

  /// Lines that make no sense are skipped.
  init(parsing text: String) {
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# TYPE ") || line.hasPrefix("# HELP ") {
        let words = line.dropFirst(7).split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { continue }
        if line.hasPrefix("# TYPE ") {
          types[String(words[0])] = String(words[1])
        } else {
          help[String(words[0])] = String(words[1])
        }
      } else if let sample = Self.sample(line) {
        samples.append(sample)
      }
    }
  }

  private static func sample(_ line: Substring) -> Sample? {
    if line.hasPrefix("#") { return nil }
    if let open = line.firstIndex(of: "{") {
      guard let close = line.lastIndex(of: "}"), open < close,
        let value = number(line[line.index(after: close)...])
      else { return nil }
      return Sample(
        name: String(line[..<open]), labels: String(line[line.index(after: open)..<close]),
        value: value)
    }
    guard let space = line.firstIndex(of: " "), let value = number(line[space...]) else {
      return nil
    }
    return Sample(name: String(line[..<space]), labels: "", value: value)
  }

  private static func number(_ text: Substring) -> Double? {
    text.split(separator: " ").first.flatMap { Double($0) }
  }

  /// Whether a sample only grows, so that its change in a time says something.
  func isCounter(_ sample: Sample) -> Bool {
    if types[sample.name] == "counter" { return true }
    for suffix in ["_bucket", "_count", "_sum"] where sample.name.hasSuffix(suffix) {
      if types[String(sample.name.dropLast(suffix.count))] == "histogram" { return true }
    }
    return false
  }

  /// The samples with counters turned into changes per second since an earlier look.
  func rates(since earlier: Exposition, seconds: Double) -> [Sample] {
    var before: [String: Double] = [:]
    for sample in earlier.samples { before[sample.name + "{" + sample.labels] = sample.value }
    return samples.map { sample in
      guard isCounter(sample), seconds > 0 else { return sample }
      var rate = sample
      // A counter that shrank began anew: its process did.
      let old = before[sample.name + "{" + sample.labels] ?? 0
      rate.value = (sample.value >= old ? sample.value - old : sample.value) / seconds
      return rate
    }
  }
}
