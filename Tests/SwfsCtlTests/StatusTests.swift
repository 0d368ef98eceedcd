import FoundationEssentials
import SwfsCore
import Testing

@testable import SwfsCtl

@Suite struct StatusTests {
  private func group(_ states: [StatusReport.State], essential: Bool) -> StatusReport.Group {
    StatusReport.Group(
      name: "g", parts: states.map { StatusReport.Part("p", $0) }, isEssential: essential)
  }

  @Test func oneServerDownDegrades() {
    let report = StatusReport(groups: [group([.fine, .down], essential: true)])
    #expect(report.state == .degraded)
    #expect(report.exitStatus == .findings)
  }

  @Test func allOfAnEssentialGroupDownIsDown() {
    #expect(StatusReport(groups: [group([.down, .down], essential: true)]).exitStatus == .down)
    #expect(StatusReport(groups: [group([], essential: true)]).exitStatus == .down)
    #expect(StatusReport(groups: [group([.down], essential: false)]).exitStatus == .findings)
  }

  @Test func noLeaderIsDownAlthoughServersAnswer() {
    var masters = group([.fine, .fine], essential: true)
    masters.floor = .down
    #expect(StatusReport(groups: [masters]).state == .down)
  }

  @Test func reportIsJSON() throws {
    var part = StatusReport.Part("10.0.0.1:8080")
    part.fact("volumes", 3)
    part.fact("free", bytes: 1 << 40)
    part.problem(.degraded, "a \"reason\"")
    let report = StatusReport(
      groups: [StatusReport.Group(name: "volume servers", parts: [part], isEssential: true)])
    #expect(
      report.json.string
        == #"{"state":"degraded","groups":[{"name":"volume servers","state":"degraded","problems":[],"#
        + #""parts":[{"name":"10.0.0.1:8080","state":"degraded","problems":["a \"reason\""],"#
        + #""volumes":3,"free_bytes":1099511627776}]}]}"#)
    #expect(report.lines.last == "cluster: degraded")
  }

  @Test func volumesWithoutAllCopiesAreFound() throws {
    let text = #"""
      {"Version":"x","Volumes":{"DataCenters":{"dc":{"rack":{
        "a:1":[{"Id":1,"ReplicaPlacement":{"node":1}},{"Id":2,"ReplicaPlacement":{}},
               {"Id":3,"ReplicaPlacement":{"dc":1,"rack":1,"node":1}}],
        "b:1":[{"Id":3,"ReplicaPlacement":{"dc":1,"rack":1,"node":1}}],
        "c:1":null}}}}}
      """#
    let map = try JSONDecoder().decode(VolumeMap.self, from: Data(text.utf8))
    let lacking = VolumeMap.lacking(map.servers)
    #expect(lacking.map(\.id) == [1, 3])
    #expect(lacking.map(\.copies) == [1, 2])
    #expect(lacking.map(\.wanted) == [2, 4])
    #expect(map.servers.keys.sorted() == ["a:1", "b:1", "c:1"])
  }

  @Test func mastersCallEachOtherWithBothPorts() {
    #expect(MasterAddress.http("10.0.0.1:9333.19333") == "10.0.0.1:9333")
    #expect(MasterAddress.http("10.0.0.1:9333") == "10.0.0.1:9333")
    #expect(MasterAddress.http("") == "")
  }

  @Test func mountsAreFoundInTheKernelsTable() {
    let table = """
      proc /proc proc rw 0 0
      f1:8888:/ /mnt/with\\040space fuse.swfs rw,nosuid 0 0
      weed /mnt/w fuse.seaweedfs ro,relatime 0 0
      /dev/fuse /mnt/x fuse.sshfs rw 0 0
      """
    let mounts = LocalMount.parse(table)
    #expect(mounts.map(\.mountPoint) == ["/mnt/with space", "/mnt/w"])
    #expect(mounts.map(\.isReadOnly) == [false, true])
  }

  @Test func mountProcessesAreRecognisedByCommandLineAndEnvironment() {
    let first = MountProcess(
      id: 1, command: ["swfs-mount", "--filer", "f:8888", "--metrics=:9330", "/mnt/a/"],
      environment: [])
    #expect(first == MountProcess(id: 1, mountPoint: "/mnt/a", metrics: ":9330"))
    let second = MountProcess(
      id: 2, command: ["/usr/bin/swfs-mount", "f:8888", "/mnt/b", "-o", "ro,metrics=/run/m.sock"],
      environment: [])
    #expect(second?.mountPoint == "/mnt/b")
    #expect(second?.metrics == "/run/m.sock")
    let third = MountProcess(
      id: 3, command: ["swfs-mount", "/mnt/c"], environment: ["SWFS_METRICS=:1"])
    #expect(third?.metrics == ":1")
    #expect(MountProcess(id: 4, command: ["swfs-mount", "--help"], environment: []) == nil)
  }
}
