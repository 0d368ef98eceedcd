import Foundation
import Glibc
import SwfsCore
import SwfsProto
import SwfsTransport
import SwiftProtobuf

@testable import SwfsCluster

/// The cluster under the mounts, reached past them: as other SeaweedFS clients reach it.
enum Cluster {
  private static let calls = Result { () throws in
    FilerCalls(
      try MountFixture.filers.map { try ServerAddress(parsing: $0) },
      identity: ClientIdentity(name: "mount tests"))
  }

  static var context: OperationContext { .background(seconds: 60) }

  static func client() throws -> FilerClient { FilerClient(try calls.get()) }
  static func names() throws -> FilerNames { FilerNames(try calls.get()) }

  /// The first filer's URL of a path.
  static func url(_ path: String, filer: Int = 0) -> String {
    let encoded = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
    return "http://\(MountFixture.filers[filer % MountFixture.filers.count])\(encoded)"
  }

  static func upload(_ bytes: [UInt8], to path: String, query: String = "") throws {
    try Command.check(
      [
        "curl", "-sSf", "-X", "PUT", "--data-binary", "@-", "-H",
        "Content-Type: application/octet-stream", url(path) + query,
      ], input: bytes)
  }

  /// Downloads a file from a filer; the bytes are compared outside of text.
  static func download(_ path: String, filer: Int = 0, into local: String) throws {
    try Command.check(["curl", "-sSf", "-o", local, url(path, filer: filer)])
  }

  static func path(_ text: String) -> EntryPath { EntryPath(unchecked: text) }

  // MARK: Entries made by hand

  /// A regular file's entry as other writers leave it.
  static func file(_ name: String, chunks: [Chunk] = [], mode: UInt32 = 0o644) -> Entry {
    var attributes = StoredAttributes()
    let now = Timestamp.now
    attributes.fileMode = mode
    attributes.mtime = now.seconds
    attributes.mtimeNanoseconds = now.nanoseconds
    attributes.crtime = now.seconds
    return Entry(name: EntryName(unchecked: name), attributes: attributes, chunks: chunks)
  }

  static func put(_ entry: Entry, in directory: String) throws {
    try client().create(entry, in: path(directory), precondition: .none, context)
  }

  /// Uploads a needle as any client may: assign, then PUT.
  static func needle(_ bytes: [UInt8], gzip: Bool = false) throws -> FileID {
    let master = try client().configuration(context).masters.first ?? ""
    // host:port.grpcport
    let address =
      master.split(separator: ":").count == 2
      ? master.split(separator: ":")[0] + ":"
        + (master.split(separator: ":")[1].split(separator: ".").first ?? "")
      : Substring(master)
    let json = try Command.check(["curl", "-sSfL", "http://\(address)/dir/assign?replication=001"])
    let reply = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    guard let text = reply?["fid"] as? String, let fid = FileID(text),
      let server = reply?["url"] as? String
    else { throw Command.Failure("assign answered \(json)") }
    var arguments = [
      "curl", "-sSf", "-X", "PUT", "--data-binary", "@-", "-H",
      "Content-Type: application/octet-stream",
    ]
    if gzip { arguments += ["-H", "Content-Encoding: gzip"] }
    if let token = reply?["auth"] as? String {
      arguments += ["-H", "Authorization: BEARER \(token)"]
    }
    try Command.check(arguments + ["http://\(server)/\(text)"], input: bytes)
    return fid
  }

  static func chunk(
    _ bytes: [UInt8], at offset: Int64, modified: Int64, gzip: Bool = false
  ) throws -> Chunk {
    let stored = gzip ? try gzipped(bytes) : bytes
    return Chunk(
      fid: try needle(stored, gzip: gzip), offset: offset, size: UInt64(bytes.count),
      modifiedNanoseconds: modified, isCompressed: gzip)
  }

  static func encryptedChunk(
    _ bytes: [UInt8], at offset: Int64, modified: Int64, gzip: Bool = false
  ) throws -> Chunk {
    let clear = gzip ? try gzipped(bytes) : bytes
    let sealed = try clear.withUnsafeBytes { try ChunkCipher.seal($0) }
    return Chunk(
      fid: try needle(sealed.needle), offset: offset, size: UInt64(bytes.count),
      modifiedNanoseconds: modified, cipherKey: sealed.key, isCompressed: gzip)
  }

  /// A manifest needle over chunks, which may be manifests.
  static func manifest(_ chunks: [Chunk]) throws -> Chunk {
    var message = FilerPb_FileChunkManifest()
    message.chunks = chunks.map(\.message)
    let bytes: [UInt8] = try message.serializedBytes()
    let start = chunks.map(\.offset).min() ?? 0
    let end = chunks.compactMap(\.end).max() ?? start
    return Chunk(
      fid: try needle(bytes), offset: start, size: UInt64(end - start), modifiedNanoseconds: 0,
      isManifest: true)
  }

  private static func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
    let input = NSTemporaryDirectory() + "/swfs-gzip-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(fileURLWithPath: input))
    defer {
      unlink(input)
      unlink(input + ".gz")
    }
    try Command.check(["gzip", "-kf", input])
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: input + ".gz")))
  }
}
