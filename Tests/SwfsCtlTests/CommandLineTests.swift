import ArgumentParser
import SwfsCore
import Testing

@testable import SwfsCtl

@Suite struct CommandLineTests {
  @Test func passwordOnTheCommandLineIsRefused() throws {
    for text in [
      "host=db password=x", "postgresql://swfs:secret@db/seaweedfs", "password = x host=db",
    ] {
      #expect(throws: (any Error).self) { try ClusterOptions.parse(["--postgres", text]) }
    }
  }

  @Test func connectionStringWithoutPasswordIsTaken() throws {
    for text in ["host=db user=swfs", "postgresql://swfs@db/seaweedfs", "postgresql://db:5432/x"] {
      let options = try ClusterOptions.parse(["--postgres", text])
      #expect(options.postgres == text)
    }
  }

  @Test func exitCodesStayAsDocumented() {
    #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 64])
    #expect(ExitStatus(FSError(.unavailable, "")) == .down)
    #expect(ExitStatus(FSError(.invalidArgument, "")) == .usage)
    #expect(ExitStatus(FSError(.corrupt, "")) == .failed)
  }
}
