import SwfsCore
import SwfsTransport
import Testing

@testable import SwfsCluster

@Suite(.enabled(if: LiveCluster.isThere), .serialized) struct VolumesLiveTests {
  @Test func assignedVolumeIsFoundAndItsNeedlesCanBeDeleted() throws {
    let live = try LiveCluster()
    let context = LiveCluster.patient
    let source = FilerFileIDs(live.calls)
    let ids = try source.assign(
      count: 3, placement: ChunkPlacement(path: live.home.child("f")), expectedBytes: 1 << 20,
      context)
    #expect(ids.count == 3)
    #expect(!ids.locations.isEmpty)
    let directory = VolumeDirectory(live.calls)
    let found = try directory.locations(of: ids.first.volume, context)
    #expect(Set(found.map(\.url)) == Set(ids.locations.map(\.url)))
    #expect(try directory.locations(of: 4_000_000, context) == [])
    let deleter = NeedleDeleter()
    for location in found { try deleter.delete([ids.first], at: location, context) }
    let nobody = VolumeLocation(
      url: "127.0.0.1:1", publicURL: "", grpcPort: 1, dataCenter: "")
    #expect(throws: FSError.self) { try deleter.delete([ids.first], at: nobody, context) }
    try live.remove()
  }

  @Test func unknownReplicationIsAnError() throws {
    let live = try LiveCluster()
    var placement = ChunkPlacement(path: live.home.child("f"))
    placement.replication = "998"
    #expect(throws: FSError.self) {
      try FilerFileIDs(live.calls).assign(
        count: 1, placement: placement, expectedBytes: 1, .background(seconds: 3))
    }
    try live.remove()
  }
}
