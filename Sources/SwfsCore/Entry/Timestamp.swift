import Glibc

/// A moment in seconds and nanoseconds since 1970, as `stat` reports it.
public struct Timestamp: Sendable, Hashable, Comparable {
  public var seconds: Int64
  /// 0 … 999,999,999.
  public var nanoseconds: Int32

  public init(seconds: Int64, nanoseconds: Int32 = 0) {
    self.seconds = seconds
    // Bytes from the network: an out-of-range part is dropped rather than trusted.
    self.nanoseconds = (0..<1_000_000_000).contains(nanoseconds) ? nanoseconds : 0
  }

  public static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
  }

  /// Nanoseconds since 1970, clamped to what fits.
  public var totalNanoseconds: Int64 {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    return product.addingReportingOverflow(Int64(nanoseconds)).partialValue
  }

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}
