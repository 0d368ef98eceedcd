import Glibc
import Synchronization

/// Reply buffers that are used again: a fresh megabyte costs 256 page faults, more than the copy.
///
/// At most `spareMax` of each size wait for use; under a burst more exist for as long as it lasts.
final class BufferPool: Sendable {
  /// Directory replies and small reads; the size of the kernel's default readahead.
  static let smallBytes = 128 << 10
  /// The largest read the kernel makes (`KernelFlags.requestBytesMax`).
  static let largeBytes = 1 << 20
  static let spareMax = 16

  private struct Address: @unchecked Sendable {
    // Safe: an address in the list belongs to the list alone.
    let pointer: UnsafeMutableRawPointer
  }

  private let small = Mutex<[Address]>([])
  private let large = Mutex<[Address]>([])

  /// A buffer of exactly `count` usable bytes, contents undefined; nil when memory is gone.
  func take(_ count: Int) -> PooledBuffer? {
    let capacity =
      count <= Self.smallBytes
      ? Self.smallBytes : count <= Self.largeBytes ? Self.largeBytes : count
    let spare: Address? =
      switch capacity {
      case Self.smallBytes: small.withLock { $0.popLast() }
      case Self.largeBytes: large.withLock { $0.popLast() }
      default: nil
      }
    guard let pointer = spare?.pointer ?? malloc(capacity) else { return nil }
    let bytes = UnsafeMutableRawBufferPointer(start: pointer, count: count)
    return PooledBuffer(bytes: bytes, capacity: capacity, pool: self)
  }

  fileprivate func giveBack(_ pointer: UnsafeMutableRawPointer, capacity: Int) {
    let address = Address(pointer: pointer)
    let kept =
      switch capacity {
      case Self.smallBytes: small.withLock { Self.keep(address, in: &$0) }
      case Self.largeBytes: large.withLock { Self.keep(address, in: &$0) }
      default: false
      }
    if !kept { free(pointer) }
  }

  private static func keep(_ address: Address, in spare: inout [Address]) -> Bool {
    guard spare.count < spareMax else { return false }
    spare.append(address)
    return true
  }

  deinit {
    for address in small.withLock({ $0 }) + large.withLock({ $0 }) { free(address.pointer) }
  }
}

/// A buffer on loan. Whoever holds it calls `giveBack` once, when nobody looks at the bytes any more.
struct PooledBuffer {
  let bytes: UnsafeMutableRawBufferPointer
  fileprivate let capacity: Int
  fileprivate let pool: BufferPool

  func giveBack() {
    if let pointer = bytes.baseAddress { pool.giveBack(pointer, capacity: capacity) }
  }
}
