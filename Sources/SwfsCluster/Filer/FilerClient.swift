public import SwfsCore
import SwfsObserve
import SwfsProto

/// The changes plane over filer gRPC.
///
/// Every write carries our signature, is repeated on another filer when its answer is lost, and is then
/// looked up before anything is concluded.
public final class FilerClient: NamespaceStore {
  public let calls: FilerCalls

  public init(_ calls: FilerCalls) {
    self.calls = calls
  }

  public func current(_ path: EntryPath, _ context: OperationContext) throws(FSError) -> Entry {
    if path.isRoot { return .filerRoot }
    return try calls.lookup(path, context)
  }

  public func materializeRemote(
    _ path: EntryPath, _ context: OperationContext
  ) throws(FSError) -> Entry {
    var request = FilerPb_CacheRemoteObjectToLocalClusterRequest()
    request.directory = path.parent.string
    request.name = path.name.string
    return try calls.unary(.cacheRemote, request, context) {
      (reply: FilerPb_CacheRemoteObjectToLocalClusterResponse) -> FilerCalls.Verdict<Entry> in
      guard reply.hasEntry else { return .outage("\(path): a reply without an entry") }
      return .answer(Entry(reply.entry))
    }
  }

  public func statistics(_ context: OperationContext) throws(FSError) -> SpaceStatistics {
    try calls.unary(.statistics, FilerPb_StatisticsRequest(), context) {
      (reply: FilerPb_StatisticsResponse) -> FilerCalls.Verdict<SpaceStatistics> in
      .answer(
        SpaceStatistics(
          totalBytes: reply.totalSize, usedBytes: reply.usedSize, fileCount: reply.fileCount))
    }
  }

  public func configuration(_ context: OperationContext) throws(FSError) -> FilerConfiguration {
    try calls.unary(.configuration, FilerPb_GetFilerConfigurationRequest(), context) {
      (reply: FilerPb_GetFilerConfigurationResponse) -> FilerCalls.Verdict<FilerConfiguration> in
      .answer(
        FilerConfiguration(
          masters: reply.masters, replication: reply.replication, collection: reply.collection,
          bucketsDirectory: reply.dirBuckets, encryptsVolumeData: reply.cipher,
          signature: reply.signature, version: reply.version))
    }
  }
}

extension Entry {
  /// The root has no row; filers make it up, and so do we, so that both planes agree.
  static let filerRoot: Entry = {
    var attributes = StoredAttributes()
    attributes.mode = FileMode(kind: .directory, permissions: 0o755)
    return Entry(name: EntryName(unchecked: ""), isDirectoryFlag: true, attributes: attributes)
  }()
}
