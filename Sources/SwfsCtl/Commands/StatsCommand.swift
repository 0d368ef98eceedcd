import ArgumentParser
import SwfsCore

/// `swfs-ctl stats`.
struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Numbers from a running mount: totals, or rates while they change.",
    discussion: """
      Reads the address that the mount was given with --metrics. A mount point of this machine \
      is enough when its process shows it; without an argument every such mount is asked. \
      Counters are totals since the start, or changes per second with --interval.
      """)

  @Argument(help: "Mount point, host:port or socket path.")
  var mount: String?

  @Option(
    help: ArgumentHelp("Print again every so many seconds, until stopped.", valueName: "seconds"))
  var interval: Double?

  @Option(help: "With --interval: stop after this many times.")
  var times: Int?

  @Flag(help: "Numbers that are zero as well.")
  var all = false

  @Flag(help: "One JSON object for each mount and time, one a line.")
  var json = false

  mutating func validate() throws {
    if let interval, !(0.1...86400).contains(interval) {
      throw ValidationError("--interval goes from 0.1 to 86400 seconds")
    }
    if let times, times < 1 { throw ValidationError("--times begins at 1") }
  }

  func run() throws {
    let targets = try targets()
    let output = ByteSink.standardOutput()
    var earlier: [String: (at: UInt64, values: Exposition)] = [:]
    var round = 0
    while true {
      for target in targets {
        let values = try MetricsClient.fetch(target.address)
        let now = Deadline.now
        if interval == nil {
          try show(target.name, values.samples, output)
        } else if let before = earlier[target.address] {
          let seconds = Double(now - before.at) / 1e9
          try show(target.name, values.rates(since: before.values, seconds: seconds), output)
        }
        earlier[target.address] = (now, values)
      }
      try output.flush()
      guard let interval else { return }
      if let times, round >= times { return }
      round += 1
      pause(seconds: interval)
    }
  }

  private func targets() throws(FSError) -> [(name: String, address: String)] {
    if let mount, !mount.hasPrefix("/") { return [(mount, mount)] }
    let mounts = try LocalMount.all()
    guard let mount else {
      let found = mounts.compactMap { mount in
        mount.process?.metrics.map { (name: mount.mountPoint, address: $0) }
      }
      guard !found.isEmpty else {
        throw FSError(
          .notFound,
          "no mount of this machine serves metrics: mount with --metrics, or name an address")
      }
      return found
    }
    guard let found = mounts.first(where: { $0.mountPoint == mount }) else {
      return [(mount, mount)]
    }
    guard let address = found.process?.metrics else {
      throw FSError(
        .notFound,
        "\(mount) serves no metrics that can be found: mount with --metrics, or name the address")
    }
    return [(mount, address)]
  }

  private func show(
    _ name: String, _ samples: [Exposition.Sample], _ output: ByteSink
  ) throws(FSError) {
    let shown = samples.filter { all || $0.value != 0 }
    if json {
      var text = JSONText()
      text.object { text in
        text.field("mount", name)
        text.field("time", Timestamp.now.seconds)
        text.key("values")
        text.object { text in
          for sample in shown {
            text.field(Self.title(sample), sample.value)
          }
        }
      }
      return try output.line(text)
    }
    try output.line("\(name)  \(Units.text(Timestamp.now))")
    for sample in shown where !sample.name.hasSuffix("_bucket") {
      let value =
        sample.value == sample.value.rounded() && sample.value.magnitude < 1e15
        ? String(Int64(sample.value)) : Units.fixed(sample.value, 3)
      try output.line("  \(Units.right(value, 16))  \(Self.title(sample))")
    }
  }

  private static func title(_ sample: Exposition.Sample) -> String {
    sample.labels.isEmpty ? sample.name : "\(sample.name){\(sample.labels)}"
  }
}
