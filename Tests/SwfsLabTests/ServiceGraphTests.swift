import Testing

@testable import SwfsLab

@Suite struct ServiceGraphTests {
  @Test func everyNodeHasItsServers() throws {
    let graph = try Fixtures.plan(Fixtures.lab()).graph()
    #expect(graph.at(.database).map(\.name) == ["postgres-1"])
    for (stage, kind) in [
      (ServiceSpec.Stage.masters, "master"), (.volumes, "volume"), (.filers, "filer"),
    ] {
      #expect(graph.at(stage).map(\.name) == (1...3).map { "\(kind)-\($0)" })
      #expect(graph.at(stage).map(\.node) == (1...3).map { "node-\($0)" })
    }
    #expect(graph.at(.gateways).isEmpty)
    #expect(NodeName.all.flatMap { graph.on($0) }.count == graph.services.count)
  }

  @Test func gatewayOnlyWhenAskedFor() throws {
    let graph = try Fixtures.plan(Fixtures.lab(s3: true)).graph()
    #expect(graph.at(.gateways).map(\.name) == ["s3-1"])
  }

  @Test func serversNeverReportHomeNorWriteOutsideTheirDirectory() throws {
    let graph = try Fixtures.plan(Fixtures.lab(s3: true)).graph()
    for service in graph.services where service.stage != .database {
      #expect(service.command.contains("-logtostderr=true"), "\(service.name)")
      #expect(service.environment["HOME"] == service.workingDirectory, "\(service.name)")
      #expect(service.workingDirectory.hasPrefix("/var/lib/some/lab/"), "\(service.name)")
      #expect(!service.command.contains { $0.contains("/tmp") }, "\(service.name)")
    }
    for master in graph.at(.masters) { #expect(master.command.contains("-telemetry=false")) }
    for service in graph.at(.filers) + graph.at(.gateways) {
      #expect(service.command.contains { $0.hasPrefix("-localSocket=./") })
    }
  }

  @Test func passwordsAreNotInCommandLines() throws {
    let graph = try Fixtures.plan(Fixtures.lab(jwt: true, tls: true, s3: true)).graph()
    let secrets = ["admin", "writer", "write-key", "read-key", "secret"]
    for service in graph.services {
      for argument in service.command {
        #expect(!secrets.contains { argument.contains("=\($0)") }, "\(service.name)")
      }
    }
  }

  @Test func twoServicesOfOneNameAreRefused() {
    #expect(throws: LabError("two services are called a")) {
      try ServiceGraph([Fixtures.service("a"), Fixtures.service("a", on: "node-2")])
    }
  }

  @Test func unknownNodeIsRefused() {
    #expect(throws: LabError("a is on an unknown node node-9")) {
      try ServiceGraph([Fixtures.service("a", on: "node-9")])
    }
  }

  @Test func relativeProgramIsRefused() {
    var service = Fixtures.service("a")
    service.command = ["true"]
    #expect(throws: LabError("a has no absolute program path")) { try ServiceGraph([service]) }
    service.command = []
    #expect(throws: LabError("a has no absolute program path")) { try ServiceGraph([service]) }
  }

  @Test func unknownServiceIsAnsweredWithTheKnownOnes() throws {
    let graph = try ServiceGraph([Fixtures.service("a"), Fixtures.service("b")])
    #expect(throws: LabError("no service c; there are: a b")) { try graph.find("c") }
  }

  @Test func specsSurviveTheirFile() throws {
    let services = try Fixtures.plan(Fixtures.lab(tls: true, s3: true)).graph().services
    let text = try JSON.encode(services)
    #expect(try JSON.decode([ServiceSpec].self, from: text) == services)
  }
}
