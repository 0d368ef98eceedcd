/// Finds out whether the host already uses the addresses that a lab wants.
enum SubnetChoice {
  /// A route of the host, as `ip -json route` tells it.
  struct Route: Decodable, Equatable {
    let dst: String
    let dev: String?
  }

  static func routes() throws(LabError) -> [Route] {
    try JSON.decode([Route].self, from: try Tool.check(["ip", "-json", "-4", "route", "show"]))
  }

  /// The first route in the way, the lab's own interface not counted.
  static func collision(
    _ subnet: Subnet, routes: [Route], ownInterface: String
  ) -> Route? {
    routes.first { $0.dev != ownInterface && subnet.overlaps(route: $0.dst) }
  }

  /// - Throws: one line naming what is in the way and the option that avoids it.
  static func check(_ subnet: Subnet, ownInterface: String) throws(LabError) {
    guard let route = collision(subnet, routes: try routes(), ownInterface: ownInterface)
    else { return }
    throw LabError(
      "subnet \(subnet) collides with the host's route to \(route.dst)"
        + " (interface \(route.dev ?? "none")): choose another with --subnet a.b.c.0/24,"
        + " or --subnet auto")
  }

  /// The first of the candidates that is free.
  static func firstFree(routes: [Route], ownInterface: String) -> Subnet? {
    Subnet.candidates.first {
      collision($0, routes: routes, ownInterface: ownInterface) == nil
    }
  }
}
