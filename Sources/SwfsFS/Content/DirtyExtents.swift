import Glibc
import SwfsCore

/// Bytes that applications wrote and that are not on their way to a volume server yet.
///
/// Extents never overlap or touch and never cross a multiple of `chunkBytes`, so that a full one
/// becomes a chunk of the usual size and alignment. Not thread-safe: lives under its file's lock.
struct DirtyExtents {
  /// Memory of one extent. A class, so that growing the array moves references only.
  final class Extent {
    fileprivate(set) var offset: Int64
    fileprivate(set) var count: Int
    fileprivate var capacity: Int
    fileprivate var memory: UnsafeMutableRawPointer
    private let release: (Int) -> Void

    fileprivate init(offset: Int64, capacity: Int, release: @escaping (Int) -> Void) {
      self.offset = offset
      count = 0
      self.capacity = capacity
      self.release = release
      memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
      memory.deallocate()
      release(capacity)
    }

    var end: Int64 { offset + Int64(count) }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    fileprivate func grow(to newCapacity: Int) {
      let larger = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
      larger.copyMemory(from: memory, byteCount: count)
      memory.deallocate()
      memory = larger
      capacity = newCapacity
    }

    /// Puts an extent elsewhere in the file: an append that another mount was faster with.
    func shift(by distance: Int64) { offset += distance }

    func truncate(toEnd end: Int64) { count = max(0, min(count, Int(end - offset))) }
  }

  private(set) var extents: [Extent] = []
  let chunkBytes: Int
  private let budget: MemoryBudget

  init(chunkBytes: Int, budget: MemoryBudget) {
    self.chunkBytes = chunkBytes
    self.budget = budget
  }

  var isEmpty: Bool { extents.isEmpty }
  var byteCount: Int { extents.reduce(0) { $0 + $1.count } }

  /// Takes bytes at an offset as far as the memory budget allows right now.
  ///
  /// - Returns: how many were taken, from the front.
  mutating func write(offset: Int64, _ bytes: UnsafeRawBufferPointer) -> Int {
    var done = 0
    while done < bytes.count {
      let position = offset + Int64(done)
      let room = Int(Int64(chunkBytes) - position % Int64(chunkBytes))
      let piece = UnsafeRawBufferPointer(
        rebasing: bytes[done..<min(done + room, bytes.count)])
      guard put(position, piece) else { break }
      done += piece.count
    }
    return done
  }

  /// Writes a piece that lies within one chunk, merging the extents that it overlaps or touches.
  /// Takes nothing when the memory for the whole result is not there.
  private mutating func put(_ offset: Int64, _ piece: UnsafeRawBufferPointer) -> Bool {
    let end = offset + Int64(piece.count)
    let slotEnd = (offset / Int64(chunkBytes) + 1) * Int64(chunkBytes)
    var index = firstIndex(endingAtOrAfter: offset)
    // An extent that ends exactly here but belongs to the chunk before is not extended over the edge.
    if index < extents.count, extents[index].end == offset, offset % Int64(chunkBytes) == 0 {
      index += 1
    }
    let extendsExisting = index < extents.count && extents[index].offset <= offset
    let firstMerged = extendsExisting ? index + 1 : index
    var lastMerged = firstMerged
    var mergedEnd = end
    while lastMerged < extents.count, extents[lastMerged].offset <= end,
      extents[lastMerged].offset < slotEnd
    {
      mergedEnd = max(mergedEnd, extents[lastMerged].end)
      lastMerged += 1
    }
    let target: Extent
    if extendsExisting {
      target = extents[index]
      guard ensure(target, capacity: Int(mergedEnd - target.offset), slotEnd) else { return false }
    } else {
      let bytes = Int(mergedEnd - offset)
      guard let fresh = allocate(offset: offset, bytes: bytes, slotEnd) else { return false }
      target = fresh
    }
    let start = Int(offset - target.offset)
    if let source = piece.baseAddress {
      target.memory.advanced(by: start).copyMemory(from: source, byteCount: piece.count)
    }
    target.count = max(target.count, start + piece.count)
    for old in extents[firstMerged..<lastMerged] where old.end > end {
      let skipped = max(0, Int(end - old.offset))
      target.memory.advanced(by: Int(old.offset - target.offset) + skipped)
        .copyMemory(from: old.memory.advanced(by: skipped), byteCount: old.count - skipped)
      target.count = max(target.count, Int(old.end - target.offset))
    }
    extents.replaceSubrange(firstMerged..<lastMerged, with: extendsExisting ? [] : [target])
    return true
  }

  private func ensure(_ extent: Extent, capacity: Int, _ slotEnd: Int64) -> Bool {
    guard capacity > extent.capacity else { return true }
    let most = max(Int(slotEnd - extent.offset), capacity)
    let wanted = min(max(extent.capacity * 2, capacity), most)
    for candidate in [wanted, capacity]
    where budget.tryReserve(candidate - extent.capacity, for: .dirtyPages) {
      extent.grow(to: candidate)
      return true
    }
    return false
  }

  private func allocate(offset: Int64, bytes: Int, _ slotEnd: Int64) -> Extent? {
    let capacity = max(min(max(bytes, 4096), Int(slotEnd - offset)), bytes)
    guard budget.tryReserve(capacity, for: .dirtyPages) else { return nil }
    let budget = budget
    return Extent(offset: offset, capacity: capacity) { budget.release($0, for: .dirtyPages) }
  }

  private func firstIndex(endingAtOrAfter offset: Int64) -> Int {
    // Sequential writers hit the last extent nearly always.
    if let last = extents.last {
      if last.end < offset { return extents.count }
      if last.offset <= offset { return extents.count - 1 }
    }
    var low = 0
    var high = extents.count
    while low < high {
      let middle = (low + high) / 2
      if extents[middle].end < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Takes out the extents that reach the end of their chunk and will hardly grow further.
  mutating func takeComplete() -> [Extent] {
    let size = Int64(chunkBytes)
    guard extents.contains(where: { $0.end % size == 0 }) else { return [] }
    let complete = extents.filter { $0.end % size == 0 }
    extents.removeAll { $0.end % size == 0 }
    return complete
  }

  mutating func takeAll() -> [Extent] {
    defer { extents.removeAll(keepingCapacity: true) }
    return extents
  }

  /// Drops everything at and after a size.
  mutating func truncate(to size: Int64) {
    extents.removeAll { $0.offset >= size }
    if let last = extents.last, last.end > size { last.truncate(toEnd: size) }
  }
}
