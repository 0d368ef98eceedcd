import SwfsCore
import SwfsTestKit
import Testing

struct ChunkManifestTests {
  @Test func manifestComesBackWhole() throws {
    var chunks = EntrySamples.chunks(1000)
    chunks[7].isManifest = true
    chunks[8].cipherKey = [1, 2, 3]
    let bytes = ChunkManifest.bytes(of: chunks)
    #expect(try bytes.withUnsafeBytesForTest { try ChunkManifest.chunks(of: $0) } == chunks)
  }

  @Test func cutManifestIsCorrupt() throws {
    let bytes = ChunkManifest.bytes(of: EntrySamples.chunks(2))
    let boundary = ChunkManifest.bytes(of: EntrySamples.chunks(1)).count
    for count in 1..<bytes.count where count != boundary {
      #expect(throws: FSError.self, "cut to \(count)") {
        try Array(bytes.prefix(count)).withUnsafeBytesForTest { try ChunkManifest.chunks(of: $0) }
      }
    }
  }
}
