import SwfsCore
import Testing

@testable import SwfsCluster

/// The store against a real cluster: `SWFS_TEST_MASTER=host:port`, with `SWFS_TEST_JWT_KEY` and
/// `SWFS_TEST_JWT_READ_KEY` when its volume servers want tokens.
@Suite(.enabled(if: MasterPorts.fromEnvironment != nil), .serialized)
struct LiveStoreTests {
  static let placement = ChunkPlacement(path: "/bytes/test.bin")

  static func store(
    _ configure: (inout VolumeChunkStoreOptions) -> Void = { _ in }
  ) throws -> VolumeChunkStore {
    let ports = try #require(MasterPorts.fromEnvironment)
    var security = SecurityConfiguration()
    security.jwtSigningKey = MasterPorts.writeKey
    security.jwtReadKey = MasterPorts.readKey
    var options = VolumeChunkStoreOptions()
    configure(&options)
    return VolumeChunkStore(ids: ports, locator: ports, security: security, options: options)
  }

  static func context() -> OperationContext { .background(seconds: 60) }

  static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
  }

  static func upload(
    _ store: VolumeChunkStore, _ bytes: [UInt8], _ placement: ChunkPlacement = placement
  ) throws -> Chunk {
    try bytes.withUnsafeBytes { try store.upload($0, placement: placement, context()) }
  }

  static func read(
    _ store: VolumeChunkStore, _ chunk: Chunk, _ offset: UInt64, _ count: Int
  ) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0xee, count: count)
    try buffer.withUnsafeMutableBytes {
      try store.read(chunk, needleOffset: offset, into: $0, context())
    }
    return buffer
  }

  @Test(arguments: [1, 4096, 70_000, 8 << 20])
  func whatIsUploadedReadsBack(count: Int) throws {
    let store = try Self.store()
    let bytes = Self.bytes(count)
    let chunk = try Self.upload(store, bytes)
    #expect(chunk.size == UInt64(count))
    #expect(try Self.read(store, chunk, 0, count) == bytes)
    let middle = count / 2
    #expect(try Self.read(store, chunk, UInt64(middle), count - middle) == Array(bytes[middle...]))
  }

  @Test(arguments: [1, 5000, 3 << 20])
  func encryptedUploadReadsBackInParts(count: Int) throws {
    let store = try Self.store { $0.encrypts = true }
    let bytes = Self.bytes(count)
    let chunk = try Self.upload(store, bytes)
    #expect(chunk.cipherKey.count == 32)
    #expect(try Self.read(store, chunk, 0, count) == bytes)
    let middle = count / 3
    #expect(try Self.read(store, chunk, UInt64(middle), 1) == [bytes[middle]])
  }

  @Test func trimmedEncryptedChunkStillReads() throws {
    let store = try Self.store { $0.encrypts = true }
    let bytes = Self.bytes(500_000)
    var chunk = try Self.upload(store, bytes)
    chunk.size = 10
    #expect(try Self.read(store, chunk, 0, 10) == Array(bytes[..<10]))
  }

  @Test func readBeyondTheNeedleIsCorrupt() throws {
    let store = try Self.store()
    let chunk = try Self.upload(store, Self.bytes(1000))
    #expect(throws: FSError.self) { try Self.read(store, chunk, 900, 200) }
    #expect(throws: FSError.self) { try Self.read(store, chunk, 1000, 1) }
  }

  @Test func unknownNeedleIsMissing() throws {
    let store = try Self.store()
    var chunk = try Self.upload(store, Self.bytes(10))
    chunk.fid?.key += 1_000_000_000
    let error = #expect(throws: FSError.self) { try Self.read(store, chunk, 0, 10) }
    #expect(error?.code == .chunkMissing)
  }

  @Test func discardedNeedleIsReadableUntilVacuumOnly() throws {
    let store = try Self.store()
    let bytes = Self.bytes(100)
    let chunk = try Self.upload(store, bytes)
    store.discard([chunk], Self.context())
    #expect(try Self.read(store, chunk, 0, 100) == bytes)
  }

  @Test func manyUploadsTakeFewAssignments() throws {
    let store = try Self.store()
    var ids = Set<FileID>()
    for number in 0..<200 {
      let chunk = try Self.upload(store, Self.bytes(64, seed: UInt64(number)))
      ids.insert(try #require(chunk.fid))
    }
    #expect(ids.count == 200)
  }

  @Test func manifestExpands() throws {
    let store = try Self.store()
    let leaf = try Self.upload(store, Self.bytes(100))
    let fid = try #require(leaf.fid)
    let inner = ManifestBytes.manifest([(fid: fid, offset: 0, size: 100, isManifest: false)])
    var manifest = try Self.upload(store, inner)
    manifest.isManifest = true
    let outer = ManifestBytes.manifest([
      (fid: try #require(manifest.fid), offset: 0, size: 100, isManifest: true),
      (fid: fid, offset: 100, size: 50, isManifest: false),
    ])
    var top = try Self.upload(store, outer)
    top.isManifest = true
    let leaves = try store.expandManifests([top], Self.context())
    #expect(leaves.map(\.offset) == [0, 100])
    #expect(leaves.map(\.fid) == [fid, fid])
  }
}
