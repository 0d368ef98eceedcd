public import SwfsCore

extension VolumeChunkStore {
  /// A whole needle, even where its chunk uses only the beginning: decrypted and decompressed.
  ///
  /// Needles that the S3 gateway encrypted come as they are stored. Deleted needles are delivered
  /// until vacuum has dropped them.
  ///
  /// - Throws: as `read`.
  public func wholeNeedle(
    of chunk: Chunk, _ context: OperationContext
  ) throws(FSError) -> [UInt8] {
    // A manifest's `size` is its span in the file.
    let expected = chunk.isManifest ? 1 << 20 : chunk.size
    guard chunk.sseType != 0 else {
      return try clearNeedle(
        chunk, try Self.readableID(chunk), expectedBytes: expected, context)
    }
    guard let fid = chunk.fid ?? FileID(chunk.fileIDText) else {
      throw FSError(.corrupt, "the chunk has no file id that can be read: \(chunk.fileIDText)")
    }
    return try wholeNeedle(fid, expectedBytes: expected, context)
  }
}
