public import SwfsCore
import SwfsProto
import SwfsTransport

/// File ids from the masters, asked through a filer so that path rules apply.
public final class FilerFileIDs: FileIDSource {
  private let calls: FilerCalls

  /// "No writable volumes" is also what a cluster says while a volume server restarts, so it is
  /// believed only after this long.
  static let noSpacePatienceSeconds = 10.0

  public init(_ calls: FilerCalls) {
    self.calls = calls
  }

  public func assign(
    count: Int, placement: ChunkPlacement, expectedBytes: UInt64, _ context: OperationContext
  ) throws(FSError) -> AssignedFileIDs {
    var request = FilerPb_AssignVolumeRequest()
    request.count = Int32(clamping: max(count, 1))
    request.collection = placement.collection
    request.replication = placement.replication
    request.ttlSec = placement.ttlSeconds
    request.dataCenter = placement.dataCenter
    request.path = placement.path.string
    request.diskType = placement.diskType
    request.expectedDataSize = expectedBytes
    let patience = Deadline(secondsFromNow: Self.noSpacePatienceSeconds)
    while true {
      do {
        return try calls.unary(.assign, request, context) { Self.judge($0, placement) }
      } catch {
        guard error.code == .noSpace, !patience.hasPassed else { throw error }
        try context.sleep(seconds: 0.5, "room on the volume servers")
      }
    }
  }

  private static func judge(
    _ reply: FilerPb_AssignVolumeResponse, _ placement: ChunkPlacement
  ) -> FilerCalls.Verdict<AssignedFileIDs> {
    guard reply.error.isEmpty else {
      if let code = FilerRefusal.code(assign: reply.error) {
        return .refuse(code, "\(placement.path): \(reply.error)")
      }
      return .outage("assign: \(reply.error)")
    }
    guard let first = FileID(reply.fileID), reply.hasLocation else {
      return .outage("assign: file id '\(reply.fileID)' or its location makes no sense")
    }
    let locations = [VolumeLocation(reply.location)] + reply.replicas.map(VolumeLocation.init)
    var seen = Set<String>()
    return .answer(
      AssignedFileIDs(
        first: first, count: max(1, Int(reply.count)), jwt: reply.auth,
        locations: locations.filter { seen.insert($0.url).inserted }, fsync: reply.fsync,
        collection: reply.collection, replication: reply.replication))
  }
}

extension VolumeLocation {
  init(_ message: FilerPb_Location) {
    self.init(
      url: message.url, publicURL: message.publicURL, grpcPort: Int(message.grpcPort),
      dataCenter: message.dataCenter)
  }

  init(_ message: MasterPb_Location) {
    self.init(
      url: message.url, publicURL: message.publicURL, grpcPort: Int(message.grpcPort),
      dataCenter: message.dataCenter)
  }
}
