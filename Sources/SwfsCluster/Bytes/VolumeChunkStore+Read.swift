public import SwfsCore

extension VolumeChunkStore {
  public func read(
    _ chunk: Chunk, needleOffset: UInt64, into buffer: UnsafeMutableRawBufferPointer,
    _ context: OperationContext
  ) throws(FSError) {
    guard !buffer.isEmpty else { return }
    let fid = try Self.readableID(chunk)
    guard !chunk.cipherKey.isEmpty else {
      _ = try readNeedle(fid, from: needleOffset, into: buffer, isWhole: false, context)
      return
    }
    // The nonce stands first and the tag last: encrypted needles can only be read as a whole.
    let clear = try clearNeedle(chunk, fid, expectedBytes: chunk.size, context)
    let (end, overflow) = needleOffset.addingReportingOverflow(UInt64(buffer.count))
    guard !overflow, end <= UInt64(clear.count) else {
      throw FSError(
        .corrupt, "needle \(fid) has \(clear.count) clear bytes, wanted up to \(end)")
    }
    clear.withUnsafeBytes {
      buffer.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: $0[Int(needleOffset)..<Int(end)]))
    }
  }

  /// The id of a chunk whose bytes we can make sense of.
  static func readableID(_ chunk: Chunk) throws(FSError) -> FileID {
    guard chunk.sseType == 0 else {
      throw FSError(
        .accessDenied, "the chunk is encrypted by the S3 gateway (SSE type \(chunk.sseType))")
    }
    guard let fid = chunk.fid ?? FileID(chunk.fileIDText) else {
      throw FSError(.corrupt, "the chunk has no file id that can be read: \(chunk.fileIDText)")
    }
    return fid
  }

  /// A whole needle, decrypted and decompressed.
  func clearNeedle(
    _ chunk: Chunk, _ fid: FileID, expectedBytes: UInt64, _ context: OperationContext
  ) throws(FSError) -> [UInt8] {
    let stored = try wholeNeedle(fid, expectedBytes: expectedBytes, context)
    guard !chunk.cipherKey.isEmpty else { return stored }
    do {
      let clear = try ChunkCipher.open(stored, key: chunk.cipherKey)
      guard chunk.isCompressed else { return clear }
      return try Gunzip.inflate(
        clear, expectedBytes: Int(clamping: expectedBytes), bytesMax: Self.needleBytesMax)
    } catch {
      throw FSError(error.code, "needle \(fid): \(error.message)")
    }
  }

  /// The bytes that a server delivers for a needle of unknown length.
  func wholeNeedle(
    _ fid: FileID, expectedBytes: UInt64, _ context: OperationContext
  ) throws(FSError) -> [UInt8] {
    // Cipher overhead, and gzip that did not help. A chunk that was trimmed has a longer needle: the
    // first reply tells, and the second request gets all of it.
    var capacity = min(Int(clamping: expectedBytes), Self.needleBytesMax - 4096) + 1024
    while true {
      var failure: FSError?
      var total: UInt64?
      let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
        do throws(FSError) {
          let found = try readNeedle(
            fid, from: 0, into: UnsafeMutableRawBufferPointer(buffer), isWhole: true, context)
          filled = found.count
          total = found.total
        } catch {
          filled = 0
          failure = error
        }
      }
      if let failure { throw failure }
      guard let total else {
        throw FSError(.corrupt, "needle \(fid): the server does not tell how long it is")
      }
      if UInt64(bytes.count) == total { return bytes }
      guard total > UInt64(capacity), total <= UInt64(Self.needleBytesMax) else {
        throw FSError(.corrupt, "needle \(fid): \(bytes.count) of \(total) bytes")
      }
      capacity = Int(total)
    }
  }
}
