/// The services of a whole lab, made from its settings.
struct ServiceGraph {
  let services: [ServiceSpec]

  /// Checks what the supervisor and `up` rely on.
  ///
  /// - Throws: on two services of one name, or one without a program.
  init(_ services: [ServiceSpec]) throws(LabError) {
    var names: Set<String> = []
    for service in services {
      guard names.insert(service.name).inserted else {
        throw LabError("two services are called \(service.name)")
      }
      guard service.command.first?.hasPrefix("/") ?? false else {
        throw LabError("\(service.name) has no absolute program path")
      }
      guard NodeName(service.node) != nil else {
        throw LabError("\(service.name) is on an unknown node \(service.node)")
      }
    }
    self.services = services
  }

  func on(_ node: NodeName) -> [ServiceSpec] { services.filter { $0.node == "\(node)" } }

  func at(_ stage: ServiceSpec.Stage) -> [ServiceSpec] { services.filter { $0.stage == stage } }

  /// - Throws: a line with the names there are.
  func find(_ name: String) throws(LabError) -> (spec: ServiceSpec, node: NodeName) {
    guard let spec = services.first(where: { $0.name == name }), let node = NodeName(spec.node)
    else {
      let known = services.map(\.name).joined(separator: " ")
      throw LabError("no service \(name); there are: \(known)")
    }
    return (spec, node)
  }
}
