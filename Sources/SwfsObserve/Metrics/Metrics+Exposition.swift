extension Metrics {
  /// Every metric in Prometheus' text format (version 0.0.4).
  public static func exposition() -> String {
    var text = ""
    var described = Set<String>()
    func describe(_ name: String, _ type: String, _ help: String) {
      guard described.insert(name).inserted else { return }
      text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }
    for counter in counters {
      describe(counter.name, "counter", counter.help)
      text += line(counter.name, counter.labels, "\(counter.value)")
    }
    for gauge in gauges {
      describe(gauge.name, "gauge", gauge.help)
      text += line(gauge.name, gauge.labels, "\(gauge.value)")
    }
    for histogram in OperationMetrics.histograms where histogram.total > 0 {
      describe(histogram.name, "histogram", histogram.help)
      var running = 0
      for (bucket, count) in histogram.bucketValues.enumerated() {
        running += count
        let bound = "le=\"\(Histogram.upperBoundSeconds(bucket))\""
        text += line(histogram.name + "_bucket", join(histogram.labels, bound), "\(running)")
      }
      text += line(
        histogram.name + "_bucket", join(histogram.labels, "le=\"+Inf\""), "\(running)")
      text += line(histogram.name + "_sum", histogram.labels, "\(histogram.sumSeconds)")
      text += line(histogram.name + "_count", histogram.labels, "\(running)")
    }
    return text
  }

  private static func join(_ first: String, _ second: String) -> String {
    first.isEmpty ? second : first + "," + second
  }

  private static func line(_ name: String, _ labels: String, _ value: String) -> String {
    labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
  }
}
