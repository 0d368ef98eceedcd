import Testing

@testable import SwfsLab

@Suite struct LabNameTests {
  @Test(arguments: ["swfs", "a", "test-12", "0", "abcdefghijklmnopqrstuvwxyz012345"])
  func acceptsNames(text: String) {
    #expect(LabName(text)?.description == text)
  }

  @Test(arguments: [
    "", "-a", "a-", "A", "a.b", "a/b", "a b", "ä", "abcdefghijklmnopqrstuvwxyz0123456",
  ])
  func refusesWhatCannotBeAFileOrInterface(text: String) {
    #expect(LabName(text) == nil)
  }

  @Test(arguments: ["swfs", "a-very-long-lab-name-of-32-bytes"])
  func interfaceNameFits(text: String) throws {
    let name = try #require(LabName(text))
    let layout = LabLayout(name: name, state: "/s")
    #expect(layout.hostInterface.utf8.count <= 15)
  }

  @Test func longNamesWithOneBeginningGetDifferentInterfaces() throws {
    let one = try #require(LabName("a-very-long-lab-name-1"))
    let two = try #require(LabName("a-very-long-lab-name-2"))
    #expect(one.short != two.short)
  }

  @Test func nodesAreNamedOrNumbered() {
    #expect(NodeName("node-2") == NodeName.all[1])
    #expect(NodeName("2") == NodeName.all[1])
    for wrong in ["", "node-4", "node-0", "4", "node-", "filer-1"] {
      #expect(NodeName(wrong) == nil, "\(wrong)")
    }
  }
}
