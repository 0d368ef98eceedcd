/// Sees from the offsets of one handle's reads whether data will be wanted ahead.
///
/// A value without clock, lock or I/O. The kernel reads ahead with several requests at once, and
/// they come out of order; so requests are gathered into streams: neighbourhoods of the file that
/// grow at one end. A stream is sequential when most of its neighbourhood was really asked for.
/// A few streams are followed at once: threads may share a handle.
struct AccessDetector: Sendable {
  /// What to do for one read.
  enum Advice: Equatable, Sendable {
    /// Fetch what is asked for and nothing else.
    case exact
    /// Fetch whole blocks, and those of this range of the file as well (may be empty).
    case ahead(Range<Int64>)
  }

  /// Streams followed at once; the one unused for longest is given up.
  static let streamsMax = 4
  /// How far from a stream a request may lie and still belong to it: two windows of kernel readahead.
  static let slackBytes: Int64 = 2 << 20
  /// How much of a stream's past counts.
  static let memoryBytes: Int64 = 8 << 20

  /// Two pages side by side do not make a stream yet.
  static let sequentialBytesMin: Int64 = 64 << 10

  private struct Stream {
    var start: Int64
    var end: Int64
    /// Bytes asked for between `start` and `end`.
    var bytes: Int64
    var requests = 1
    var lastUse: UInt64
    /// How often it grew at its end less how often at its start.
    var direction = 0
    /// Bytes to keep fetched ahead.
    var window: Int64
    /// How far fetching has been asked for already; only within the current direction.
    var asked: Int64?
    /// Bytes by which the stream has advanced since its window last changed.
    var advanced: Int64 = 0
  }

  private let windowStart: Int64
  private var streams: [Stream] = []
  private var time: UInt64 = 0

  /// - Parameter windowStart: bytes to fetch ahead once a stream looks sequential.
  init(windowStart: Int64) {
    self.windowStart = max(windowStart, 1)
  }

  /// Whether any stream reads ahead.
  var isSequential: Bool { streams.contains { Self.isSequential($0) } }

  /// Takes note of a read.
  ///
  /// - Parameter windowMax: bytes that may be fetched ahead at present.
  mutating func observe(_ range: Range<Int64>, windowMax: Int64) -> Advice {
    guard !range.isEmpty else { return .exact }
    time += 1
    guard let index = streams.firstIndex(where: { Self.belongs(range, $0) }) else {
      begin(range)
      return .exact
    }
    extend(&streams[index], by: range)
    guard Self.isSequential(streams[index]) else { return .exact }
    return .ahead(askAhead(&streams[index], windowMax: windowMax))
  }

  /// Blocks were fetched for this handle and thrown away before anybody read them.
  mutating func noteWaste() {
    for index in streams.indices {
      streams[index].window = max(windowStart, streams[index].window / 2)
      streams[index].advanced = 0
    }
  }

  /// Fetching ahead got only so far: ask again from there.
  mutating func noteUnscheduled(from position: Int64) {
    for index in streams.indices where streams[index].direction >= 0 {
      if let asked = streams[index].asked, asked > position, streams[index].start <= position {
        streams[index].asked = max(position, streams[index].end)
      }
    }
  }

  private static func belongs(_ range: Range<Int64>, _ stream: Stream) -> Bool {
    // Offsets are not negative, so these differences cannot overflow.
    range.lowerBound - stream.end <= slackBytes && stream.start - range.upperBound <= slackBytes
  }

  private static func isSequential(_ stream: Stream) -> Bool {
    stream.requests >= 2 && stream.bytes >= sequentialBytesMin
      && 2 * stream.bytes >= stream.end - stream.start
  }

  private mutating func begin(_ range: Range<Int64>) {
    let stream = Stream(
      start: range.lowerBound, end: range.upperBound, bytes: Int64(range.count), lastUse: time,
      window: windowStart)
    if streams.count < Self.streamsMax {
      streams.append(stream)
    } else if let oldest = streams.indices.min(by: { streams[$0].lastUse < streams[$1].lastUse }) {
      streams[oldest] = stream
    }
  }

  private func extend(_ stream: inout Stream, by range: Range<Int64>) {
    stream.lastUse = time
    stream.requests += 1
    if range.upperBound > stream.end {
      stream.advanced += range.upperBound - stream.end
      stream.end = range.upperBound
      turn(&stream, 1)
    } else if range.lowerBound < stream.start {
      stream.advanced += stream.start - range.lowerBound
      stream.start = range.lowerBound
      turn(&stream, -1)
    }
    stream.bytes += Int64(range.count)
    let excess = stream.end - stream.start - Self.memoryBytes
    if excess > 0 {
      // Forget the far end, with its share of the bytes.
      let length = stream.end - stream.start
      stream.bytes = Int64(Double(stream.bytes) * (1 - Double(excess) / Double(length)))
      if stream.direction >= 0 { stream.start += excess } else { stream.end -= excess }
    }
    stream.bytes = min(stream.bytes, stream.end - stream.start)
  }

  private func turn(_ stream: inout Stream, _ step: Int) {
    let wasForward = stream.direction >= 0
    stream.direction = min(max(stream.direction + step, -2), 4)
    if wasForward != (stream.direction >= 0) { stream.asked = nil }
  }

  private func askAhead(_ stream: inout Stream, windowMax: Int64) -> Range<Int64> {
    let most = max(windowMax, 0)
    if stream.advanced >= stream.window {
      stream.window *= 2
      stream.advanced = 0
    }
    stream.window = max(min(stream.window, most), min(windowStart, most))
    if stream.direction >= 0 {
      let from = max(stream.asked ?? stream.end, stream.end)
      let (sum, overflow) = stream.end.addingReportingOverflow(stream.window)
      let to = overflow ? Int64.max : sum
      // Asking for a quarter of a window at a time saves looking at the chunk list on every read.
      guard to > from, to - from >= stream.window / 4 else { return from..<from }
      stream.asked = to
      return from..<to
    }
    let to = min(stream.asked ?? stream.start, stream.start)
    let from = max(stream.start - stream.window, 0)
    guard from < to, to - from >= stream.window / 4 || from == 0 else { return to..<to }
    stream.asked = from
    return from..<to
  }
}
