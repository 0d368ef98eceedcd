import Foundation
import SwfsCluster
import SwfsCore
import SwfsTransport

/// File ids and locations from a master's HTTP port, for tests against a real cluster.
final class MasterPorts: FileIDSource, VolumeLocator {
  let master: String
  private let http = HTTPClient()

  init(_ master: String) {
    self.master = master
  }

  /// The master to test against, from `SWFS_TEST_MASTER`; tests are off without it.
  static var fromEnvironment: MasterPorts? {
    ProcessInfo.processInfo.environment["SWFS_TEST_MASTER"].map { MasterPorts($0) }
  }

  private struct Assignment: Decodable {
    var fid: String?
    var url: String?
    var publicUrl: String?
    var count: Int?
    var error: String?
  }

  private struct Lookup: Decodable {
    struct Location: Decodable {
      var url: String
      var publicUrl: String?
      var grpcPort: Int?
      var dataCenter: String?
    }
    var locations: [Location]?
  }

  func assign(
    count: Int, placement: ChunkPlacement, expectedBytes: UInt64, _ context: OperationContext
  ) throws(FSError) -> AssignedFileIDs {
    let (reply, data) = try get(
      "/dir/assign?count=\(count)&collection=\(placement.collection)"
        + "&replication=\(placement.replication)&dataSize=\(expectedBytes)", context)
    guard let answer = try? JSONDecoder().decode(Assignment.self, from: data),
      let fid = answer.fid.flatMap({ FileID($0) }), let url = answer.url
    else { throw FSError(.unavailable, "assign: \(reply.status) \(reply.errorText)") }
    return AssignedFileIDs(
      first: fid, count: answer.count ?? 1, jwt: token(fid),
      locations: [
        VolumeLocation(url: url, publicURL: answer.publicUrl ?? url, grpcPort: 0, dataCenter: "")
      ], fsync: false, collection: placement.collection, replication: placement.replication)
  }

  func locations(
    of volume: UInt32, _ context: OperationContext
  ) throws(FSError) -> [VolumeLocation] {
    let (reply, data) = try get("/dir/lookup?volumeId=\(volume)", context)
    if reply.status == 404 { return [] }
    guard let answer = try? JSONDecoder().decode(Lookup.self, from: data) else {
      throw FSError(.unavailable, "lookup: \(reply.status) \(reply.errorText)")
    }
    return (answer.locations ?? []).map {
      VolumeLocation(
        url: $0.url, publicURL: $0.publicUrl ?? "", grpcPort: $0.grpcPort ?? 0,
        dataCenter: $0.dataCenter ?? "")
    }
  }

  /// The key of volume servers' tokens in the cluster under test, from `SWFS_TEST_JWT_KEY`.
  static let writeKey = ProcessInfo.processInfo.environment["SWFS_TEST_JWT_KEY"] ?? ""
  static let readKey = ProcessInfo.processInfo.environment["SWFS_TEST_JWT_READ_KEY"] ?? ""

  /// The master sends its token in a header, which the client does not show: made here instead.
  private func token(_ fid: FileID) -> String {
    guard !Self.writeKey.isEmpty else { return "" }
    return TestTokens.token(fid: fid.description, key: Self.writeKey)
  }

  private func get(
    _ path: String, _ context: OperationContext
  ) throws(FSError) -> (HTTPReply, Data) {
    let request = HTTPRequest(.get, url: "http://\(master)\(path)", server: master)
    var body = [UInt8](repeating: 0, count: 64 << 10)
    let outcome = body.withUnsafeMutableBytes { http.perform(request, into: $0, context) }
    switch outcome.reply {
    case .success(let reply): return (reply, Data(body[..<reply.bodyBytes]))
    case .failure(let error): throw error.asFSError
    }
  }
}
