import Testing

@testable import SwfsLab

@Suite struct StateDirectoryTests {
  private let directory: TemporaryDirectory
  private let layout: LabLayout

  init() throws {
    directory = try TemporaryDirectory()
    layout = LabLayout(name: try #require(LabName("unit-test-only")), state: directory.path)
  }

  @Test func emptyDirectoryIsAccepted() throws {
    try StateDirectory.check(layout)
  }

  @Test func directoryOfSomebodyElseIsNeitherUsedNorRemoved() throws {
    try Files.write("precious", to: directory.path + "/file")
    #expect(throws: LabError.self) { try StateDirectory.check(layout) }
    #expect(throws: LabError.self) {
      try LabDown(layout: layout, keepsState: false, warn: { _ in }).run()
    }
    #expect(try Files.read(directory.path + "/file") == "precious")
  }

  @Test func stateOfAnotherLabIsNotTaken() throws {
    let settings = LabSettings(name: "y", subnet: "10.1.2.0/24", secrets: .random())
    try Files.writeJSON(settings, to: layout.settings)
    #expect(throws: LabError.self) { try StateDirectory.check(layout) }
  }

  @Test func ownStateIsAccepted() throws {
    let settings = LabSettings(name: "unit-test-only", subnet: "10.1.2.0/24", secrets: .random())
    try Files.writeJSON(settings, to: layout.settings)
    try StateDirectory.check(layout)
    #expect(try Lab.load(layout).settings == settings)
  }

  @Test func damagedSettingsAreSaidToBe() throws {
    try Files.write("{", to: layout.settings)
    let error = #expect(throws: LabError.self) { try Lab.load(layout) }
    #expect(error?.summary.hasPrefix("\(layout.settings) is damaged") == true)
  }

  @Test func missingLabIsSaidToBeMissing() throws {
    let error = #expect(throws: LabError.self) { try Lab.load(layout) }
    #expect(error?.summary.contains("swfs-lab up makes one") == true)
  }
}
