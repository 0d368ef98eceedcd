import SwfsCore
import SwfsFS
import Synchronization

/// Needles in memory, with a hook before each read that may fail, wait or look at the call.
final class ScriptedStore: ChunkStore {
  struct Read: Sendable, Equatable {
    var key: UInt64
    var offset: UInt64
    var count: Int
  }

  typealias Hook = @Sendable (_ number: Int, _ read: Read, OperationContext) throws(FSError) -> Void

  private let needles: [UInt64: [UInt8]]
  private let hook: Hook
  private let log = Mutex<[Read]>([])
  private let running = Atomic<Int>(0)
  private let runningMost = Atomic<Int>(0)

  init(_ needles: [UInt64: [UInt8]], hook: @escaping Hook = { (_, _, _) throws(FSError) in }) {
    self.needles = needles
    self.hook = hook
  }

  /// Every read so far, in the order in which they began.
  var reads: [Read] { log.withLock { $0 } }
  /// The most reads that were ever under way at once.
  var mostAtOnce: Int { runningMost.load(ordering: .sequentiallyConsistent) }

  func read(
    _ chunk: Chunk, needleOffset: UInt64, into buffer: UnsafeMutableRawBufferPointer,
    _ context: OperationContext
  ) throws(FSError) {
    let now = running.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
    _ = runningMost.max(now, ordering: .sequentiallyConsistent)
    defer { running.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
    let key = chunk.fid?.key ?? 0
    let read = Read(key: key, offset: needleOffset, count: buffer.count)
    let number = log.withLock { log in
      log.append(read)
      return log.count
    }
    try hook(number, read, context)
    guard let needle = needles[key] else { throw FSError(.chunkMissing, "no needle \(key)") }
    guard Int(needleOffset) + buffer.count <= needle.count else {
      throw FSError(.corrupt, "needle \(key) is too short")
    }
    needle.withUnsafeBytes { bytes in
      buffer.copyMemory(
        from: UnsafeRawBufferPointer(
          rebasing: bytes[Int(needleOffset)..<Int(needleOffset) + buffer.count]))
    }
  }

  func upload(
    _ bytes: UnsafeRawBufferPointer, placement: ChunkPlacement, _ context: OperationContext
  ) throws(FSError) -> Chunk {
    throw FSError(.unsupported, "this store is for reading")
  }

  func expandManifests(
    _ chunks: [Chunk], _ context: OperationContext
  ) throws(FSError) -> [Chunk] { chunks }

  func discard(_ chunks: [Chunk], _ context: OperationContext) {}
}

/// A file of chunks with random bytes, and what it must read as.
struct SampleFile {
  var chunks: [Chunk] = []
  var needles: [UInt64: [UInt8]] = [:]
  var content: [UInt8]

  init(size: Int) { content = [UInt8](repeating: 0, count: size) }

  /// A file of equal chunks without gaps.
  init(chunks count: Int, of size: Int, seed: UInt64 = 1) {
    self.init(size: count * size)
    for index in 0..<count { add(offset: index * size, size: size, seed: seed &+ UInt64(index)) }
  }

  /// Puts a chunk over what is there.
  mutating func add(offset: Int, size: Int, seed: UInt64, cipherKey: [UInt8] = []) {
    var random = SplitMix(seed)
    let words = (0..<(size + 7) / 8).map { _ in random.next() }
    let bytes = words.withUnsafeBytes { Array($0.prefix(size)) }
    let key = UInt64(chunks.count + 1)
    needles[key] = bytes
    chunks.append(
      Chunk(
        fid: FileID(volume: 3, key: key, cookie: 5), offset: Int64(offset), size: UInt64(size),
        modifiedNanoseconds: Int64(key), cipherKey: cipherKey))
    let visible = min(size, content.count - offset)
    content.replaceSubrange(offset..<offset + visible, with: bytes.prefix(visible))
  }

  func view() throws(FSError) -> ChunkView {
    try ChunkView(chunks: chunks, size: UInt64(content.count))
  }
}
