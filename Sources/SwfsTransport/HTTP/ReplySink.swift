import SwfsCore

/// Takes a reply apart as libcurl delivers it: status and headers of interest, body straight into the
/// caller's buffer.
///
/// Not thread-safe: one transfer, one thread. Callbacks cannot throw, so what is wrong is kept here.
final class ReplySink {
  private(set) var reply = HTTPReply()
  /// Bytes of header and body so far: the sign of life for stall detection.
  private(set) var bytesReceived = 0
  private(set) var isTooLong = false
  /// Enough of an over-long 200 reply to a ranged request has come; the rest was refused.
  private(set) var isFilledEarly = false
  /// The other of two hedged requests got its body first.
  private(set) var hasLostRace = false

  private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var range: HTTPRequest.Range?
  private var skipBytes: UInt64 = 0
  private var errorBytes: [UInt8] = []
  private var race: Race?
  private var entrant = 0

  /// Which of two requests owns the caller's buffer: the first with a byte of a good body.
  final class Race {
    var winner: Int?
  }

  static let errorBytesMax = 1024

  func prepare(
    buffer: UnsafeMutableRawBufferPointer, range: HTTPRequest.Range?, race: Race?, entrant: Int
  ) {
    reply = HTTPReply()
    bytesReceived = 0
    isTooLong = false
    isFilledEarly = false
    hasLostRace = false
    errorBytes.removeAll(keepingCapacity: true)
    self.buffer = buffer
    self.range = range
    self.race = race
    self.entrant = entrant
    skipBytes = 0
  }

  /// Lets go of the caller's buffer and returns what was understood.
  func finish() -> HTTPReply {
    buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    race = nil
    if !errorBytes.isEmpty { reply.errorText = String(decoding: errorBytes, as: UTF8.self) }
    return reply
  }

  /// - Returns: false to make libcurl end the transfer.
  func body(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytesReceived &+= bytes.count
    guard reply.isSuccess else {
      errorBytes.append(contentsOf: bytes.prefix(max(0, Self.errorBytesMax - errorBytes.count)))
      return true
    }
    if let race {
      if race.winner == nil { race.winner = entrant }
      guard race.winner == entrant else {
        hasLostRace = true
        return false
      }
    }
    var rest = bytes
    if skipBytes > 0 {
      let skipped = Int(min(skipBytes, UInt64(rest.count)))
      skipBytes -= UInt64(skipped)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(skipped))
    }
    let limit = range.map { min($0.count, buffer.count) } ?? buffer.count
    let room = limit - reply.bodyBytes
    if rest.count > room {
      guard range != nil, reply.status == 200 else {
        isTooLong = true
        return false
      }
      rest = UnsafeRawBufferPointer(rebasing: rest.prefix(room))
      isFilledEarly = true
    }
    if !rest.isEmpty {
      UnsafeMutableRawBufferPointer(rebasing: buffer[reply.bodyBytes...]).copyMemory(from: rest)
      reply.bodyBytes += rest.count
    }
    return !isFilledEarly
  }

  func header(_ line: UnsafeRawBufferPointer) {
    bytesReceived &+= line.count
    guard let first = line.first else { return }
    // A handful of headers matter; most lines are dismissed by their first letter.
    switch first | 0x20 {
    case UInt8(ascii: "h"): statusLine(line)
    case UInt8(ascii: "e"):
      if let value = Self.value(of: "etag", in: line) {
        reply.etag = value.filter { $0 != "\"" }
      }
    case UInt8(ascii: "c"):
      if let value = Self.value(of: "content-range", in: line) {
        reply.totalBytes = value.lastIndex(of: "/").flatMap {
          UInt64(value[value.index(after: $0)...])
        }
      } else if let value = Self.value(of: "content-length", in: line) {
        if reply.status == 200 { reply.totalBytes = UInt64(value) }
      } else if let value = Self.value(of: "content-encoding", in: line) {
        reply.isGzip = value == "gzip"
      }
    default: break
    }
  }

  private func statusLine(_ line: UnsafeRawBufferPointer) {
    // "HTTP/1.1 206 Partial Content"; an interim 1xx reply is followed by another status line.
    guard line.count >= 12, line.starts(with: "HTTP/".utf8) else { return }
    var status = 0
    for digit in line[9..<12] {
      guard (0x30...0x39).contains(digit) else { return }
      status = status * 10 + Int(digit - 0x30)
    }
    reply = HTTPReply()
    reply.status = status
    skipBytes = status == 200 ? (range?.first ?? 0) : 0
  }

  /// The trimmed value when the line's name equals `name` (lower case).
  private static func value(of name: StaticString, in line: UnsafeRawBufferPointer) -> String? {
    let length = name.utf8CodeUnitCount
    guard line.count > length, line[length] == UInt8(ascii: ":") else { return nil }
    for index in 0..<length where line[index] | 0x20 != name.utf8Start[index] | 0x20 { return nil }
    func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 }
    let value = line[(length + 1)...].drop(while: isSpace)
    let end = value.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? value.startIndex
    return String(decoding: value[value.startIndex..<end], as: UTF8.self)
  }
}
