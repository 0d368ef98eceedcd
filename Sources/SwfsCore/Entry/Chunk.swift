/// One `filer_pb.FileChunk`: `size` bytes of a needle that stand at `offset` in the file.
///
/// For each byte of a file the chunk with the highest `modifiedNanoseconds` wins.
public struct Chunk: Sendable, Hashable {
  /// The needle; nil when the stored id could not be parsed (`fileIDText` has what was there).
  public var fid: FileID?
  /// The text form as the filer gave it, kept only when it does not parse as a `FileID`.
  public var fileIDText: String
  /// Absolute offset in the file, in bytes.
  public var offset: Int64
  /// Logical bytes used from the needle's start (clear, decompressed).
  public var size: UInt64
  /// Overlap winner. Unix nanoseconds of the writer, unique and growing within a file.
  public var modifiedNanoseconds: Int64
  public var etag: String
  public var sourceFID: FileID?
  public var sourceFileIDText: String
  /// 32 bytes of AES-256-GCM key, empty when not encrypted.
  public var cipherKey: [UInt8]
  /// gzip; matters only for encrypted chunks, since volume servers decompress the others.
  public var isCompressed: Bool
  /// The needle holds a `FileChunkManifest` with more chunks.
  public var isManifest: Bool
  /// 0 none, 1 SSE-C, 2 SSE-KMS, 3 SSE-S3: encrypted by the S3 gateway, unreadable for us.
  public var sseType: Int32
  public var sseMetadata: [UInt8]

  public init(
    fid: FileID?, fileIDText: String = "", offset: Int64, size: UInt64, modifiedNanoseconds: Int64,
    etag: String = "", sourceFID: FileID? = nil, sourceFileIDText: String = "",
    cipherKey: [UInt8] = [], isCompressed: Bool = false, isManifest: Bool = false,
    sseType: Int32 = 0, sseMetadata: [UInt8] = []
  ) {
    self.fid = fid
    self.fileIDText = fileIDText
    self.offset = offset
    self.size = size
    self.modifiedNanoseconds = modifiedNanoseconds
    self.etag = etag
    self.sourceFID = sourceFID
    self.sourceFileIDText = sourceFileIDText
    self.cipherKey = cipherKey
    self.isCompressed = isCompressed
    self.isManifest = isManifest
    self.sseType = sseType
    self.sseMetadata = sseMetadata
  }

  /// End of the chunk in the file, or nil when offset and size are absurd.
  public var end: Int64? {
    guard offset >= 0, let size = Int64(exactly: size) else { return nil }
    let (sum, overflow) = offset.addingReportingOverflow(size)
    return overflow ? nil : sum
  }
}
