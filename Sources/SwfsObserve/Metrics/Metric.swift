import Synchronization

/// A number that only grows.
public final class Counter: Sendable {
  public let name: String
  public let labels: String
  public let help: String
  private let number = Atomic<Int>(0)

  init(_ name: String, labels: String = "", help: String) {
    self.name = name
    self.labels = labels
    self.help = help
  }

  public func add(_ count: Int = 1) { number.wrappingAdd(count, ordering: .relaxed) }
  public var value: Int { number.load(ordering: .relaxed) }
}

/// A number that is set.
public final class Gauge: Sendable {
  public let name: String
  public let labels: String
  public let help: String
  private let number = Atomic<Int>(0)

  init(_ name: String, labels: String = "", help: String) {
    self.name = name
    self.labels = labels
    self.help = help
  }

  public func set(_ value: Int) { number.store(value, ordering: .relaxed) }
  public func add(_ count: Int) { number.wrappingAdd(count, ordering: .relaxed) }
  public var value: Int { number.load(ordering: .relaxed) }
}

/// Durations in buckets that double from 16 µs to about 67 s. Recording is one atomic addition.
public final class Histogram: Sendable {
  public let name: String
  public let labels: String
  public let help: String
  static let bucketCount = 24
  private let counts: [Counter]
  private let sum = Atomic<Int>(0)

  init(_ name: String, labels: String = "", help: String) {
    self.name = name
    self.labels = labels
    self.help = help
    counts = (0..<Self.bucketCount).map { _ in Counter("", help: "") }
  }

  /// Upper bound of a bucket in seconds.
  static func upperBoundSeconds(_ bucket: Int) -> Double { Double(16 << bucket) / 1e6 }

  public func record(nanoseconds: UInt64) {
    let microseconds = nanoseconds / 1000
    var bucket = 0
    while bucket < Self.bucketCount - 1 && microseconds > UInt64(16) << UInt64(bucket) {
      bucket += 1
    }
    counts[bucket].add()
    sum.wrappingAdd(Int(truncatingIfNeeded: microseconds), ordering: .relaxed)
  }

  public var total: Int { counts.reduce(0) { $0 + $1.value } }
  var sumSeconds: Double { Double(sum.load(ordering: .relaxed)) / 1e6 }
  var bucketValues: [Int] { counts.map(\.value) }
}
