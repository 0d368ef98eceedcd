import FoundationEssentials
import SwfsCore
import SwfsProto

extension Entry {
  /// The value of a filer's entry, field by field, nothing interpreted.
  init(_ message: FilerPb_Entry) {
    self.init(
      name: EntryName(unchecked: message.name), isDirectoryFlag: message.isDirectory,
      attributes: StoredAttributes(message.attributes), chunks: message.chunks.map(Chunk.init),
      extended: message.extended.mapValues { [UInt8]($0) },
      hardLinkID: [UInt8](message.hardLinkID), hardLinkCounter: message.hardLinkCounter,
      content: [UInt8](message.content),
      remote: message.hasRemoteEntry ? RemoteEntry(message.remoteEntry) : nil,
      quota: message.quota, wormEnforcedAtNanoseconds: message.wormEnforcedAtTsNs)
  }

  /// What to send for this entry: equal to what a filer answers for it, in every field, because
  /// `IF_ENTRY_EQUAL` compares them all.
  var message: FilerPb_Entry {
    var message = FilerPb_Entry()
    message.name = name.string
    message.isDirectory = isDirectoryFlag
    message.attributes = attributes.message
    message.chunks = chunks.map(\.message)
    message.extended = extended.mapValues { Data($0) }
    message.hardLinkID = Data(hardLinkID)
    message.hardLinkCounter = hardLinkCounter
    message.content = Data(content)
    if let remote { message.remoteEntry = remote.message }
    message.quota = quota
    message.wormEnforcedAtTsNs = wormEnforcedAtNanoseconds
    return message
  }
}

extension Entry.RemoteEntry {
  init(_ message: FilerPb_RemoteEntry) {
    self.init(
      storageName: message.storageName, lastLocalSyncNanoseconds: message.lastLocalSyncTsNs,
      etag: message.remoteETag, modifiedSeconds: message.remoteMtime, size: message.remoteSize,
      contentEncoding: message.hasRemoteContentEncoding ? message.remoteContentEncoding : nil)
  }

  var message: FilerPb_RemoteEntry {
    var message = FilerPb_RemoteEntry()
    message.storageName = storageName
    message.lastLocalSyncTsNs = lastLocalSyncNanoseconds
    message.remoteETag = etag
    message.remoteMtime = modifiedSeconds
    message.remoteSize = size
    if let contentEncoding { message.remoteContentEncoding = contentEncoding }
    return message
  }
}
