public import SwfsCore
import SwfsObserve
import SwfsProto
public import SwfsTransport
import SwiftProtobuf

/// Frees needles on volume servers over gRPC.
///
/// A volume server does not pass deletions on, so every replica has to be told. Thread-safe.
public final class NeedleDeleter: Sendable {
  private let tls: TLSContext?
  private let channels = Monitor<[ServerAddress: GRPCChannel]>([:])

  /// Connections kept; a cluster with more volume servers makes some of them anew.
  static let channelsMax = 64

  public init(tls: TLSContext? = nil) {
    self.tls = tls
  }

  /// Deletes needles on one server. Those that it does not have count as deleted.
  ///
  /// - Throws: `unavailable`, `timedOut`, `interrupted`; `remote` with the first refusal.
  public func delete(
    _ fids: [FileID], at location: VolumeLocation, _ context: OperationContext
  ) throws(FSError) {
    guard !fids.isEmpty else { return }
    var request = VolumeServerPb_BatchDeleteRequest()
    request.fileIds = fids.map(\.description)
    let bytes = try VolumeDirectory.encode(request)
    let channel = try channel(to: location)
    do {
      let reply = try VolumeServerPb_BatchDeleteResponse(
        serializedBytes: try channel.unary(
          "/volume_server_pb.VolumeServer/BatchDelete", bytes, context))
      if let bad = reply.results.first(where: { ![202, 304, 404].contains($0.status) }) {
        throw FSError(.remote, "\(location.url): \(bad.fileID): \(bad.status) \(bad.error)")
      }
    } catch let error as FSError {
      throw error
    } catch let error as GRPCError {
      let code: FSError.Code =
        switch error.kind {
        case .interrupted: .interrupted
        case .noAnswer: .timedOut
        case .notConnected, .connectionLost: .unavailable
        case .status, .malformedReply: .remote
        }
      throw FSError(code, "\(location.url): \(error)")
    } catch {
      throw FSError(.remote, "\(location.url): the reply does not decode", causedBy: error)
    }
  }

  private func channel(to location: VolumeLocation) throws(FSError) -> GRPCChannel {
    let http = try ServerAddress(parsing: location.url)
    var address = http
    if location.grpcPort != 0 {
      guard let port = UInt16(exactly: location.grpcPort) else {
        throw FSError(.remote, "\(location.url): gRPC port \(location.grpcPort)")
      }
      address = ServerAddress(host: http.host, port: http.port, grpcPort: port)
    }
    return channels.withLock { channels in
      if let known = channels[address] { return known }
      if channels.count >= Self.channelsMax { channels.removeAll() }
      let made = GRPCChannel(address, tls: tls)
      channels[address] = made
      return made
    }
  }
}
