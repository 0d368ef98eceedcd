public import SwfsCore
import Synchronization

extension MemoryClient: ChunkStore {
  public func upload(
    _ bytes: UnsafeRawBufferPointer, placement: ChunkPlacement, _ context: OperationContext
  ) throws(FSError) -> Chunk {
    try faults.run(.upload, placement.path, context) { () throws(FSError) -> Chunk in
      let copy = Array(bytes)
      let fid = try cluster.state.withLock { state throws(FSError) -> FileID in
        try state.filer.needles.store(copy)
      }
      return Chunk(fid: fid, offset: 0, size: UInt64(copy.count), modifiedNanoseconds: 0)
    }
  }

  public func read(
    _ chunk: Chunk, needleOffset: UInt64, into buffer: UnsafeMutableRawBufferPointer,
    _ context: OperationContext
  ) throws(FSError) {
    try faults.run(.read, nil, context) { () throws(FSError) in
      // Safe: the buffer is used only inside the call.
      nonisolated(unsafe) let buffer = buffer
      try cluster.state.withLock { state throws(FSError) in
        try state.filer.needles.read(chunk, needleOffset: needleOffset, into: buffer)
      }
    }
  }

  public func expandManifests(
    _ chunks: [Chunk], _ context: OperationContext
  ) throws(FSError) -> [Chunk] {
    try faults.run(.expandManifests, nil, context) { () throws(FSError) -> [Chunk] in
      try cluster.state.withLock { state throws(FSError) -> [Chunk] in
        try state.filer.needles.expand(chunks)
      }
    }
  }

  public func discard(_ chunks: [Chunk], _ context: OperationContext) {
    do throws(FSError) {
      try faults.run(.discard, nil, context) { () throws(FSError) in
        cluster.state.withLock { state in
          for fid in state.filer.needles.closure(chunks) { state.filer.needles.free(fid) }
        }
      }
    } catch {
      // Best effort by contract: a test sees what was left behind in `orphanedNeedles`.
      return
    }
  }
}
