import SwfsCore
import Testing

extension [UInt8] {
  func withUnsafeBytesForTest<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withUnsafeBytes(body)
  }
}

/// What a decoder made of some bytes.
enum Verdict: Equatable {
  case good(ListedAttributes)
  case refused(FSError.Code)
}

func leanVerdict(_ bytes: [UInt8]) -> Verdict {
  bytes.withUnsafeBytes { buffer in
    do throws(FSError) {
      return .good(try EntryDecoder.attributes(of: buffer))
    } catch {
      return .refused(error.code)
    }
  }
}

func wholeVerdict(_ bytes: [UInt8]) -> Verdict {
  bytes.withUnsafeBytes { buffer in
    do throws(FSError) {
      let entry = try EntryDecoder.entry(of: buffer, name: nil)
      let stored = entry.attributes
      let last = Expiry.lastSecond(
        ttlSeconds: stored.ttlSeconds, kind: stored.mode.kind, crtime: stored.crtime,
        mtime: stored.mtime, hasS3Expiry: entry.extended[Expiry.s3Key] != nil,
        isS3Version: entry.extended[Expiry.s3VersionKey] != nil, hasRemote: entry.remote != nil)
      return .good(ListedAttributes(attributes: try entry.fileAttributes(), lastSecond: last))
    } catch {
      return .refused(error.code)
    }
  }
}

/// The lean decoder must say exactly what the whole entry says, whatever the bytes.
func expectBothDecodersAgree(
  _ bytes: [UInt8], _ comment: @autoclosure () -> Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let lean = leanVerdict(bytes)
  let whole = wholeVerdict(bytes)
  #expect(lean == whole, comment(), sourceLocation: sourceLocation)
  if case .refused(let code) = lean {
    #expect(code == .corrupt, comment(), sourceLocation: sourceLocation)
  }
}

/// Reproducible numbers: a failing run is repeated by its printed seed.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
