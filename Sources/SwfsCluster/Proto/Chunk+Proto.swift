import FoundationEssentials
import SwfsCore
import SwfsProto

extension Chunk {
  init(_ message: FilerPb_FileChunk) {
    let own = NeedleReference(text: message.fileID, message.hasFid ? message.fid : nil)
    let source = NeedleReference(
      text: message.sourceFileID, message.hasSourceFid ? message.sourceFid : nil)
    self.init(
      fid: own.fid, fileIDText: own.text, offset: message.offset, size: message.size,
      modifiedNanoseconds: message.modifiedTsNs, etag: message.eTag, sourceFID: source.fid,
      sourceFileIDText: source.text, cipherKey: [UInt8](message.cipherKey),
      isCompressed: message.isCompressed, isManifest: message.isChunkManifest,
      sseType: Int32(truncatingIfNeeded: message.sseType.rawValue),
      sseMetadata: [UInt8](message.sseMetadata))
  }

  var message: FilerPb_FileChunk {
    var message = FilerPb_FileChunk()
    let own = NeedleReference(fid: fid, text: fileIDText)
    message.fileID = own.wireText
    if let fid = own.wireFID { message.fid = fid }
    let source = NeedleReference(fid: sourceFID, text: sourceFileIDText)
    message.sourceFileID = source.wireText
    if let fid = source.wireFID { message.sourceFid = fid }
    message.offset = offset
    message.size = size
    message.modifiedTsNs = modifiedNanoseconds
    message.eTag = etag
    message.cipherKey = Data(cipherKey)
    message.isCompressed = isCompressed
    message.isChunkManifest = isManifest
    message.sseType = FilerPb_SSEType(rawValue: Int(sseType)) ?? .UNRECOGNIZED(Int(sseType))
    message.sseMetadata = Data(sseMetadata)
    return message
  }
}

/// The two ways an entry names a needle: a message, and its text form beside it.
///
/// Filers answer with both. A text that the filer could not parse (`3,01637037d6_1`) comes without a
/// message, is kept as it is, and goes back as it is.
private struct NeedleReference {
  let fid: FileID?
  let text: String

  init(fid: FileID?, text: String) {
    self.fid = fid
    self.text = text
  }

  init(text: String, _ message: FilerPb_FileId?) {
    if let message {
      fid = FileID(volume: message.volumeID, key: message.fileKey, cookie: message.cookie)
      self.text = ""
    } else {
      fid = FileID(text)
      self.text = fid?.description == text ? "" : text
    }
  }

  var wireText: String { text.isEmpty ? fid?.description ?? "" : text }

  var wireFID: FilerPb_FileId? {
    guard text.isEmpty, let fid else { return nil }
    var message = FilerPb_FileId()
    message.volumeID = fid.volume
    message.fileKey = fid.key
    message.cookie = fid.cookie
    return message
  }
}
