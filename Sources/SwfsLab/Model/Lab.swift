/// One lab as it was asked for: names, addresses, settings.
struct Lab {
  let layout: LabLayout
  let settings: LabSettings
  let subnet: Subnet

  init(layout: LabLayout, settings: LabSettings) throws(LabError) {
    guard let subnet = Subnet(settings.subnet) else {
      throw LabError("\(layout.settings) names no usable subnet: \(settings.subnet)")
    }
    self.layout = layout
    self.settings = settings
    self.subnet = subnet
  }

  /// The lab that an earlier `up` made there.
  ///
  /// - Throws: when there is none.
  static func load(_ layout: LabLayout) throws(LabError) -> Lab {
    guard Files.exists(layout.settings) else {
      throw LabError(
        "there is no lab \(layout.name) (no \(layout.settings)); swfs-lab up makes one")
    }
    return try Lab(
      layout: layout, settings: try Files.readJSON(LabSettings.self, from: layout.settings))
  }

  var http: HTTPClient { HTTPClient(lab: self) }
  var fabric: Fabric { Fabric(layout: layout, subnet: subnet) }

  /// `address:port` on every node.
  func addresses(_ port: Int) -> [String] {
    NodeName.all.map { "\($0.address(in: subnet)):\(port)" }
  }

  func control(_ node: NodeName) -> NodeControl {
    NodeControl(name: node, layout: layout.node(node))
  }

  /// All services, as they were written down for the nodes.
  func services() throws(LabError) -> ServiceGraph {
    var services: [ServiceSpec] = []
    for node in NodeName.all {
      services += try Files.readJSON([ServiceSpec].self, from: layout.node(node).services)
    }
    return try ServiceGraph(services)
  }
}
