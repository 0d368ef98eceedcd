public import SwfsCore
import SwfsObserve
import SwfsProto
public import SwfsTransport
import SwiftProtobuf

/// Where volumes are: a master's word first, a filer's when no master answers.
///
/// The masters are learnt from the filers, so nothing has to be configured. Thread-safe.
public final class VolumeDirectory: VolumeLocator {
  private let calls: FilerCalls
  private let tls: TLSContext?
  private let masters = Monitor<EndpointPool?>(nil)

  /// Masters get this long, all together, before a filer is asked.
  static let mastersSeconds = 3.0

  public init(_ calls: FilerCalls, tls: TLSContext? = nil) {
    self.calls = calls
    self.tls = tls
  }

  public func locations(
    of volume: UInt32, _ context: OperationContext
  ) throws(FSError) -> [VolumeLocation] {
    do {
      let found = try askMasters(volume, context)
      if !found.isEmpty { return found }
    } catch {
      guard error.code != .interrupted else { throw error }
      Log.info("volume \(volume): masters: \(error)")
    }
    return try askFilers(volume, context)
  }

  private func askMasters(
    _ volume: UInt32, _ context: OperationContext
  ) throws(FSError) -> [VolumeLocation] {
    let attempt = context.attempt(seconds: Self.mastersSeconds)
    let pool = try masterPool(attempt)
    var request = MasterPb_LookupVolumeRequest()
    request.volumeOrFileIds = [String(volume)]
    let bytes = try Self.encode(request)
    return try pool.call(.read, "LookupVolume", attempt) {
      (channel, context) -> EndpointPool.Attempt<[VolumeLocation]> in
      do {
        let reply = try MasterPb_LookupVolumeResponse(
          serializedBytes: try channel.unary(Self.masterLookup, bytes, context))
        // A volume that this master does not know may be known to the filer: no error here.
        let mine = reply.volumeIDLocations.filter { $0.error.isEmpty }
        return .answer(mine.flatMap(\.locations).map(VolumeLocation.init))
      } catch let error as GRPCError {
        return .transport(error, .read) ?? .failed(.outage, "\(error)")
      } catch {
        return .failed(.outage, "the reply does not decode: \(error)")
      }
    }
  }

  private func askFilers(
    _ volume: UInt32, _ context: OperationContext
  ) throws(FSError) -> [VolumeLocation] {
    var request = FilerPb_LookupVolumeRequest()
    // One id a call: an unknown one would spoil the others.
    request.volumeIds = [String(volume)]
    do {
      return try calls.unary(
        .lookupVolume, request, context,
        onStatus: { status in
          status.code == .unknown && status.message.hasSuffix("not found")
            ? .notFound : FilerRefusal.code(status)
        },
        { (reply: FilerPb_LookupVolumeResponse) -> FilerCalls.Verdict<[VolumeLocation]> in
          let found = reply.locationsMap[String(volume)]?.locations ?? []
          return .answer(found.map(VolumeLocation.init))
        })
    } catch {
      if error.code == .notFound { return [] }
      throw error
    }
  }

  private static let masterLookup = "/master_pb.Seaweed/LookupVolume"

  private func masterPool(_ context: OperationContext) throws(FSError) -> EndpointPool {
    if let pool = masters.withLock({ $0 }) { return pool }
    let names = try FilerClient(calls).configuration(context).masters
    var addresses: [ServerAddress] = []
    for name in names {
      do { addresses.append(try ServerAddress(parsing: name)) } catch {
        Log.warning("a master that cannot be asked: \(error)")
      }
    }
    let made = EndpointPool("master", addresses, tls: tls) { channel, context in
      Self.answers(channel, context)
    }
    return masters.withLock { pool in
      if let pool { return pool }
      pool = made
      return made
    }
  }

  private static func answers(_ channel: GRPCChannel, _ context: OperationContext) -> Bool {
    do {
      _ = try channel.unary(masterLookup, [], context)
      return true
    } catch {
      if case .status = error.kind { return true }
      return false
    }
  }

  static func encode(_ request: some Message) throws(FSError) -> [UInt8] {
    do { return try request.serializedBytes() } catch {
      throw FSError(.invalidArgument, "the request does not encode", causedBy: error)
    }
  }
}
