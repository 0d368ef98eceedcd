import Testing

@testable import SwfsLab

@Suite struct SubnetTests {
  @Test(arguments: ["10.98.40.0/24", "192.168.7.0/24", "172.16.255.0/24"])
  func acceptsPrivateNetworks(text: String) {
    #expect(Subnet(text)?.description == text)
  }

  @Test(arguments: [
    "", "10.98.40.0", "10.98.40.0/23", "10.98.40.1/24", "10.98.40/24", "10.98.256.0/24",
    "10.98.40.0/24/24", "a.b.c.0/24", "127.0.0.0/24", "0.0.0.0/24", "224.0.0.0/24", "10..40.0/24",
  ])
  func refusesEverythingElse(text: String) {
    #expect(Subnet(text) == nil)
  }

  @Test func nodesFollowTheHost() throws {
    let subnet = try #require(Subnet("10.1.2.0/24"))
    #expect(subnet.hostAddress == "10.1.2.1")
    #expect(NodeName.all.map { $0.address(in: subnet) } == ["10.1.2.11", "10.1.2.12", "10.1.2.13"])
  }

  @Test(arguments: [
    ("10.98.40.0/24", true), ("10.98.40.128/25", true), ("10.98.0.0/16", true),
    ("10.0.0.0/8", true), ("10.98.40.7", true), ("0.0.0.0/0", true),
    ("10.98.41.0/24", false), ("10.98.41.7", false), ("192.168.0.0/16", false),
    ("default", false), ("fd00::/64", false), ("", false),
  ])
  func seesWhichRoutesAreInTheWay(route: String, isInTheWay: Bool) {
    #expect(Subnet.standard.overlaps(route: route) == isInTheWay)
  }

  @Test func ownInterfaceIsNoCollision() {
    let routes = [
      SubnetChoice.Route(dst: "default", dev: "eth0"),
      SubnetChoice.Route(dst: "10.98.40.0/24", dev: "lab-mine"),
    ]
    #expect(SubnetChoice.collision(.standard, routes: routes, ownInterface: "lab-mine") == nil)
    let other = SubnetChoice.collision(.standard, routes: routes, ownInterface: "lab-other")
    #expect(other?.dev == "lab-mine")
    #expect(
      SubnetChoice.firstFree(routes: routes, ownInterface: "lab-other") == Subnet("10.98.41.0/24"))
  }

  @Test func noneIsFreeWhenAllAreTaken() {
    let routes = [SubnetChoice.Route(dst: "10.0.0.0/8", dev: "tun0")]
    #expect(SubnetChoice.firstFree(routes: routes, ownInterface: "lab-x") == nil)
  }
}
