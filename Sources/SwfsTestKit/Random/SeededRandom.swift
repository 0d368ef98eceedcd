import Glibc

/// SplitMix64: the same seed gives the same run on every machine.
public struct SeededRandom: RandomNumberGenerator, Sendable {
  public let seed: UInt64
  private var state: UInt64

  public init(seed: UInt64) {
    self.seed = seed
    state = seed
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  /// True `percent` times of a hundred.
  public mutating func chance(percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &self) < percent
  }

  public mutating func bytes(count: Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    while result.count < count {
      var word = next()
      for _ in 0..<min(8, count - result.count) {
        result.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
      }
    }
    return result
  }
}

/// Runs a random test and says on stderr how to repeat it when it fails.
///
/// The seed is `SWFS_TEST_SEED` when set, else `seed` when given, else a new one.
public func withSeededRandom<R>(
  _ name: String, seed: UInt64? = nil, _ body: (inout SeededRandom) throws -> R
) throws -> R {
  let wanted = getenv("SWFS_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
  let chosen = wanted ?? seed ?? UInt64.random(in: 1..<1_000_000_000)
  var random = SeededRandom(seed: chosen)
  do {
    return try body(&random)
  } catch {
    let text = "\(name) failed with SWFS_TEST_SEED=\(chosen): \(error)\n"
    text.utf8CString.withUnsafeBytes { _ = write(2, $0.baseAddress, $0.count - 1) }
    throw error
  }
}
